import type { Ask } from '../../src/operations/ask.js';
import { fingerprintOf, type Verb } from '../../src/operations/intent.js';
import { Problem } from '../../src/platform/problems/problem.js';
import type { SubscriptionStatus } from '../../src/subscriptions/subscription.entity.js';
import type { Heard } from '../kit/invariants.js';
import { CARDS } from './gateway.js';
import type { SimulatedProcess } from './process.js';
import type { World } from './world.js';

/** What a customer sends: the same press may be sent several times. */
interface Press {
  userId: string;
  key: string;
  verb: Verb;
  planId?: string;
  paymentMethod?: string;
  effective?: 'now' | 'period_end';
}

const VERBS: readonly Verb[] = [
  ...(['put_subscription', 'put_subscription', 'put_subscription', 'put_subscription', 'subscribe', 'change_plan', 'cancel'] as const),
  ...(['resume', 'resume', 'pause', 'pay'] as const),
];
const SHOWN: Partial<Record<SubscriptionStatus, Verb>> = { past_due: 'pay', paused: 'resume' };
/** They begin with a payment method, or may. */
const PAYS: ReadonlySet<Verb> = new Set(['put_subscription', 'subscribe', 'change_plan', 'resume', 'pay']);
const NO_SERVER = 503;
const IMPATIENT_MS = 35_000;

/** People who press buttons, twice when it takes long, with the same key or another, and who write down what they are told. */
export class Customers {
  readonly heard: Heard[] = [];
  private readonly presses: Press[] = [];
  private requests = 0;
  private replaced = 0;
  /** They come together as often as one by one, for what was never there at one time never meets. */
  readonly crowdAt: number;

  constructor(
    private readonly world: World,
    private readonly users: readonly string[],
    private readonly plans: readonly string[],
    private readonly aProcess: () => SimulatedProcess | null,
    /** How a user's subscription stands. */
    private readonly standing: (userId: string) => SubscriptionStatus | null,
  ) {
    this.crowdAt = world.random.between(0, world.faults.spanMs * 0.8);
  }

  /** Plans `count` visits within the time in which things go wrong. */
  come(count: number): void {
    const { random, faults } = this.world;
    for (let n = 0; n < count; n += 1) {
      const at = random.chance(0.5) ? this.crowdAt + random.magnitude(1, 30_000) : random.between(0, faults.spanMs);
      this.world.after(at, () => (random.chance(0.1) ? this.replaceCard() : this.visit()));
    }
  }

  /** Everybody at one moment at one process: whoever arrives together shares statements. */
  rush(at: SimulatedProcess): void {
    const { random } = this.world;
    for (const userId of this.users) {
      const press = {
        userId,
        key: this.newKey(),
        verb: 'put_subscription' as const,
        planId: random.pick(this.plans),
        paymentMethod: this.card(),
      };
      this.presses.push(press);
      this.send(press, random.chance(0.6), at);
    }
  }

  private visit(): void {
    const { random } = this.world;
    const earlier = this.presses.length > 0 && random.chance(0.35) ? random.pick(this.presses) : null;
    const press = earlier ? this.again(earlier) : this.fresh();
    this.presses.push(press);
    const times = random.pick([1, 1, 1, 2, 3]);
    for (let n = 0; n < times; n += 1)
      this.world.after(n === 0 ? 0 : random.magnitude(1, 2_000), () => this.send(press, random.chance(0.6)));
  }

  private card(): string {
    const { random } = this.world;
    return random.chance(0.5) ? CARDS[0] : random.pick(CARDS);
  }

  /** Another card for all that comes. Whether it was heard makes no difference: what became of it, the next renewal shows. */
  private replaceCard(): void {
    const { random } = this.world;
    const process = this.aProcess();
    const key = `card-${(this.replaced += 1)}`;
    const use = { userId: random.pick(this.users), key, fingerprint: key };
    if (process) this.world.after(0, () => void process.cards.change(this.card(), use).catch(() => undefined), process);
  }

  private fresh(): Press {
    const { random } = this.world;
    const userId = random.pick(this.users);
    // They press what their page shows.
    const shown = SHOWN[this.standing(userId) ?? 'canceled'];
    const verb = shown && random.chance(0.5) ? shown : random.pick(VERBS);
    const asksForPlan = verb === 'put_subscription' || verb === 'subscribe' || verb === 'change_plan';
    const effective = random.pick(['now', 'period_end', undefined] as const);
    return {
      userId,
      key: this.newKey(),
      verb,
      ...(asksForPlan ? { planId: random.pick(this.plans) } : {}),
      ...(PAYS.has(verb) && random.chance(asksForPlan ? 0.9 : 0.5) ? { paymentMethod: this.card() } : {}),
      ...((verb === 'cancel' || (verb === 'change_plan' && random.chance(0.5))) && effective ? { effective } : {}),
    };
  }

  private newKey(): string {
    return `key-${this.presses.length + 1}`;
  }

  /** The same once more, the same under another key, something else under the same key, or another card. */
  private again(press: Press): Press {
    const { random } = this.world;
    const how = random.next();
    if (how < 0.5) return press;
    if (how < 0.8) return { ...press, key: this.newKey() };
    if (how < 0.9) return { ...press, key: this.newKey(), ...(press.paymentMethod ? { paymentMethod: random.pick(CARDS) } : {}) };
    return { ...this.fresh(), userId: press.userId, key: press.key };
  }

  /** One request, on its way to whichever process is there. One who hears nothing sends it again, if `stubborn`. */
  private send(press: Press, stubborn: boolean, at: SimulatedProcess | null = null): void {
    const { world } = this;
    const { random, faults } = world;
    this.requests += 1;
    const name = `request ${this.requests} of ${press.userId} (${press.verb} ${press.planId ?? ''} ${press.paymentMethod ?? ''} ${press.key})`;
    let answered = false;
    const hear = (httpStatus: number, operationId: string | null, status: string | null, why: string) => {
      answered = true;
      world.note(() => `${name} hears ${httpStatus} ${why} ${status ?? ''} ${operationId ?? ''}`);
      const { userId, key } = press;
      this.heard.push({ userId, key, request: requestOf(press), httpStatus, operationId, status });
    };
    const waitMs = random.pick([0, 200, 3_000, 30_000]);
    world.after(at ? 0 : random.magnitude(0.5, 20), () => {
      const process = at?.alive ? at : this.aProcess();
      if (!process) return hear(NO_SERVER, null, null, 'no process');
      world.after(
        0,
        () => {
          world.note(() => `${name} reaches ${process.name}`);
          const reply = (run: () => void) => {
            if (process.alive && !random.chance(faults.of('replyLost'))) world.after(random.magnitude(0.5, 20), run);
          };
          process.operations.submit(askOf(press, waitMs, `req_${this.requests}`, random.chance(0.05))).then(
            ({ operation: { id, status }, via }) => reply(() => hear(status === 'failed' ? 402 : 200, id, status, via)),
            (error: unknown) => {
              const [status, code] = error instanceof Problem ? [error.row.status, error.code] : [500, String(error)];
              reply(() => hear(status, null, null, code));
            },
          );
        },
        process,
      );
    });
    if (stubborn) {
      world.after(IMPATIENT_MS, () => {
        if (!answered && faults.are) this.send(press, true);
      });
    }
  }
}

function requestOf({ verb, planId, paymentMethod, effective }: Press): string {
  return JSON.stringify({ verb, planId, paymentMethod, effective });
}

function askOf(press: Press, waitMs: number, requestId: string, strict: boolean): Ask {
  const { userId, key, verb, planId, paymentMethod, effective } = press;
  const fingerprint = fingerprintOf('PUT', verb, { planId, paymentMethod, effective });
  return { userId, key, verb, planId, paymentMethod, effective, fingerprint, ifMatch: null, waitMs, strict, requestId, traceparent: null };
}
