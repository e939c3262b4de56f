import { createConnection } from 'node:net';
import { once } from 'node:events';
import { FAULTS, type FaultName } from '../../src/sandbox/faults.js';
import { READY_FOR_QUERY, type FaultProxy } from '../kit/fault-proxy.js';
import type { Random } from '../simulation/random.js';
import { LEASE_TTL_MS, type House } from './house.js';
import type { Member, Way } from './member.js';

export type Undo = () => Promise<unknown> | void;

/** One thing that can go wrong. */
export interface Kind {
  name: string;
  /** To what it can be done. Nothing is done to one target twice at the same time. */
  targets: readonly string[];
  /** In force when it resolves; with what takes it back, for a fault that lasts. */
  begin(target: string, random: Random): Promise<Undo | void> | Undo | undefined;
  /** It lasts for at least so long. */
  leastMs?: number;
  /** So many times as often as others; 1. */
  often?: number;
}

/** Whatever this house can be made to suffer. */
export function kindsIn(house: House): Kind[] {
  return [...onTheWay(house), ...ofPostgres(house), ...ofRedis(house), ...ofTheGateway(house), ...ofProcesses(house)];
}

type ProxyFault = (proxy: FaultProxy, random: Random) => void;

const RESET: ProxyFault = (proxy) => void proxy.reset();
const HUNG: ProxyFault = (proxy, random) => proxy.hang(random.pick(['both', 'requests', 'answers'] as const));
const REFUSED: ProxyFault = (proxy) => {
  proxy.refuse();
  proxy.reset();
};
const ANSWERS_LOST: ProxyFault = (proxy) => proxy.dropAnswers();
const ANSWERS_CUT: ProxyFault = (proxy, random) => proxy.cutAnswersAfter(Math.round(random.magnitude(1, 2_000)));
const LATE: ProxyFault = (proxy, random) => proxy.delay(random.between(20, 300));
const SLOW: ProxyFault = (proxy, random) => proxy.slow(random.magnitude(2_000, 50_000));

/** To everything that a process talks to, and to those who talk to it. */
const ON_THE_WAY: Record<Way, Record<string, ProxyFault>> = {
  postgres: { reset: RESET, hung: HUNG, refused: REFUSED, 'answers lost': ANSWERS_LOST, late: LATE, slow: SLOW },
  redis: { reset: RESET, hung: HUNG, refused: REFUSED, late: LATE },
  gateway: { reset: RESET, hung: HUNG, refused: REFUSED, 'answers lost': ANSWERS_LOST, 'answers cut': ANSWERS_CUT, late: LATE, slow: SLOW },
  door: { reset: RESET, hung: HUNG, refused: REFUSED, 'answers lost': ANSWERS_LOST, late: LATE },
};

function onTheWay({ members, servers, webhooks }: House): Kind[] {
  const kinds = (Object.keys(ON_THE_WAY) as Way[]).flatMap((way) => {
    const of = way === 'door' ? servers : members;
    const proxies = new Map(of.map((member) => [`${way} of ${member.name}`, member.ways[way]]));
    return Object.entries(ON_THE_WAY[way]).map(([fault, put]) => proxyKind(`${way} ${fault}`, proxies, put));
  });
  return [...kinds, proxyKind('webhooks late', new Map([['webhooks', webhooks]]), HUNG)];
}

function proxyKind(name: string, proxies: Map<string, FaultProxy>, put: ProxyFault): Kind {
  const begin: Kind['begin'] = (target, random) => {
    const proxy = proxies.get(target) as FaultProxy;
    put(proxy, random);
    return put === RESET ? undefined : () => proxy.heal();
  };
  return { name, targets: [...proxies.keys()], begin };
}

/** The statements that a lost answer hurts most. */
const STATEMENTS = ['operations.record', 'operations.settle', 'operations.claim'];
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'counterfoil' and pid <> pg_backend_pid()`;

function ofPostgres(house: House): Kind[] {
  const proxies = new Map(house.members.map(({ name, ways }) => [`postgres of ${name}`, ways.postgres]));
  const cut = (direction: 'requests' | 'answers'): Kind['begin'] => {
    return (target, random) => {
      const proxy = proxies.get(target) as FaultProxy;
      void proxy.cut(direction, random.pick(STATEMENTS), direction === 'answers' ? READY_FOR_QUERY : undefined);
      return () => proxy.heal();
    };
  };
  return [
    { name: 'postgres answer to a commit lost', targets: [...proxies.keys()], begin: cut('answers'), often: 3 },
    { name: 'postgres statement lost', targets: [...proxies.keys()], begin: cut('requests') },
    {
      name: 'postgres backends terminated',
      targets: ['postgres server'],
      begin: async () => {
        await house.sql(TERMINATE);
      },
    },
    {
      name: 'postgres stopped at once',
      targets: ['postgres server'],
      begin: async () => {
        await house.postgres.kill();
        return () => house.postgres.restart();
      },
    },
  ];
}

function ofRedis({ redis }: House): Kind[] {
  const targets = ['redis server'];
  return [
    {
      name: 'redis killed',
      targets,
      begin: async () => {
        await redis.kill();
        return () => redis.restart();
      },
    },
    { name: 'redis flushed', targets, begin: () => tellRedis(redis.port, 'FLUSHALL') },
    {
      name: 'redis silent',
      targets,
      begin: (_target, random) => tellRedis(redis.port, `CLIENT PAUSE ${random.whole(300, 4_000)} ALL`),
    },
    {
      name: 'redis frozen',
      targets,
      begin: () => {
        redis.pause();
        return () => redis.resume();
      },
    },
  ];
}

/** For each fault of the sandbox so many of the next requests suffer it. */
const MOST_NEXT = 8;
/** Refunds are rare. */
const REFUND_FAULT_MS = 15_000;
const MOST_PAID_LATE = 4;

function ofTheGateway(house: House): Kind[] {
  const set = (settings: object): Promise<unknown> => house.gateway('POST', '/sandbox/faults', settings);
  const next = (fault: FaultName, of: 'charge' | 'refund'): Kind => ({
    name: `gateway ${of === 'refund' ? 'refund ' : ''}${fault}`,
    targets: [`gateway ${of}s`],
    leastMs: of === 'refund' ? REFUND_FAULT_MS : 0,
    begin: async (_target, random) => {
      await set({ next: Array.from({ length: random.whole(1, MOST_NEXT) }, () => fault), of });
      return () => set({ next: [], of });
    },
  });
  const faults = (Object.keys(FAULTS) as FaultName[]).filter((fault) => fault !== 'none');
  const webhooks = (mode: 'twice' | 'off'): Kind => ({
    name: `webhooks ${mode}`,
    targets: ['webhooks'],
    begin: async () => {
      await set({ webhooks: mode });
      return () => set({ webhooks: 'on' });
    },
  });
  return [
    ...faults.map((fault) => next(fault, 'charge')),
    ...(['timeout_charged', 'reset_charged', '500_charged'] as const).map((fault) => next(fault, 'refund')),
    webhooks('twice'),
    webhooks('off'),
    // Its target is busy with the webhooks: whoever is not told cannot know of it.
    { name: 'gateway pays late', targets: ['webhooks'], begin: (_target, random) => payLate(house, random), often: 2 },
  ];
}

const OVER_UNPAID = `select reference from operations where status in ('failed', 'canceled') and kind <> 'refund' order by random() limit $1`;

/** What was declined or canceled is paid all the same, after its end. */
async function payLate(house: House, random: Random): Promise<void> {
  const over = await house.sql(OVER_UNPAID, [MOST_PAID_LATE]);
  for (const { reference } of over as { reference: string }[]) {
    const [charge] = await house.charges(reference);
    if (!charge || !['canceled', 'requires_payment_method'].includes(charge.status) || random.chance(0.3)) continue;
    house.paidLate.add(reference);
    await house.gateway('POST', `/sandbox/charges/${charge.id}/succeed`);
  }
}

function ofProcesses(house: House): Kind[] {
  const members = new Map(house.members.map((member) => [`process ${member.name}`, member]));
  const kind = (name: string, begin: (member: Member) => Promise<void> | Undo, often: number, leastMs = 0): Kind => ({
    name: `process ${name}`,
    targets: [...members.keys()],
    leastMs,
    often,
    begin: (target) => begin(members.get(target) as Member),
  });
  return [
    kind('killed', (member) => member.kill(), 5),
    kind('replaced', (member) => member.replace(), 2),
    kind(
      'frozen past its lease',
      (member) => {
        member.freeze();
        return () => member.thaw();
      },
      4,
      LEASE_TTL_MS + 1_000,
    ),
  ];
}

async function tellRedis(port: number, command: string): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(`${command}\r\n`);
  await once(socket, 'data');
  socket.destroy();
}
