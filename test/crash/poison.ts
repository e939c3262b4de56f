import type { World } from './world.js';

/** Every statement that writes an operation of these users is refused, with all else that it carries, until `lift`. */
export class Poison {
  private constructor(private readonly world: World) {}

  /** In a test's own database and nowhere else. */
  static async mix(world: World): Promise<Poison> {
    await world.sql(TRIGGER);
    return new Poison(world);
  }

  async give(user: string): Promise<void> {
    await this.world.sql('insert into crash_poisoned values ($1)', [user]);
  }

  async lift(): Promise<void> {
    await this.world.sql('delete from crash_poisoned');
  }
}

/** As a constraint refuses it. */
const TRIGGER = `
create table crash_poisoned (user_id text primary key);
create function crash_poison() returns trigger language plpgsql as $$
  begin
    if exists (select from crash_poisoned p where p.user_id = new.user_id) then raise exception 'poisoned' using errcode = '23514'; end if;
    return new;
  end $$;
create trigger crash_poison before insert or update on operations for each row execute function crash_poison()`;
