import { fromPublicId } from '../../src/platform/ids.js';
import type { Crash } from './matrix.js';
import { fewAtOnce } from './scenarios.js';
import type { World } from './world.js';

/**
 * What is wrong with those who crashed, in sentences; empty where nothing is. Each client presses again with the same key and is answered with the one
 * operation, which ended as it should; each can go on to something else; the invariants hold, and nobody's lease is left.
 */
export async function wrongs(world: World, crashes: readonly Crash[]): Promise<string[]> {
  // What an event was acknowledged for is done without its being told again.
  const told = await endsOf(world);
  const answers = await fewAtOnce(crashes, ({ subject }) => subject.scenario.press(world, subject));
  await world.hurried(() => world.untilSettled());
  const [ends, staying] = [await endsOf(world), await stayingOf(world)];
  await world.expectInvariants();
  const next = await fewAtOnce(crashes, ({ subject }) => subject.scenario.next(world, subject));
  await world.hurried(() => world.untilSettled());
  await world.expectInvariants();
  await world.untilNoLease(crashes.map(({ user }) => user));
  return crashes.flatMap(({ user, stop, subject: { scenario }, healer }, n) => {
    const who = `${scenario.name}, crashed ${stop.name}, healed by ${healer}`;
    const [wanted, found] = [wantedOf(scenario.ends), (scenario.tells ? told : ends).get(user) ?? 'nothing'];
    const [status, stay] = [answers[n]?.status ?? 0, staying.get(user) ?? 0];
    return [
      ...(found === wanted ? [] : [`${who}: ${found} instead of ${wanted}`]),
      ...(stay === scenario.staying ? [] : [`${who}: ${stay} charges stay`]),
      ...(status === scenario.answers ? [] : [`${who}: its client is answered ${status}: ${JSON.stringify(answers[n]?.body)}`]),
      ...((next[n]?.status ?? 0) < 300 ? [] : [`${who}: cannot go on: ${JSON.stringify(next[n]?.body)}`]),
    ];
  });
}

function wantedOf(ends: Record<string, string>): string {
  const kinds = Object.entries(ends).map(([kind, status]) => `${kind} ${status}`);
  return kinds.toSorted().join(', ');
}

async function endsOf(world: World): Promise<Map<string, string>> {
  const rows = await world.sql(
    `select user_id, string_agg(kind || ' ' || status, ', ' order by kind || ' ' || status) as ends from operations group by 1`,
  );
  return new Map(rows.map((row) => [row.user_id as string, row.ends as string]));
}

async function stayingOf(world: World): Promise<Map<string, number>> {
  const users = new Map(
    (await world.sql('select reference, user_id from operations')).map((row) => [row.reference, row.user_id as string]),
  );
  const staying = new Map<string, number>();
  for (const { reference, status, amount, amountRefunded } of await world.charges()) {
    const user = users.get(reference);
    if (user !== undefined && status === 'succeeded' && amountRefunded < amount) staying.set(user, (staying.get(user) ?? 0) + 1);
  }
  return staying;
}

/** Who was answered with an operation that is another's, in sentences. */
export async function toldOfOthers(world: World): Promise<string[]> {
  const rows = await world.sql('select id, user_id from operations');
  const owners = new Map(rows.map((row) => [row.id as string, row.user_id as string]));
  return world.heard.flatMap(({ userId, operationId }) => {
    const owner = operationId === null ? userId : owners.get(fromPublicId('op', operationId) ?? '');
    return owner === userId ? [] : [`${userId} was told of ${operationId}, which is ${owner}'s`];
  });
}
