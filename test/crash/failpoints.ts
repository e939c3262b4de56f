import type { Around } from '../../src/counterfoil.module.js';

/** What this process is to do with its users: the names by which each is known from the start, and the point at which it stops, if at any. */
export type Orders = Record<string, { names?: string[]; parkAt?: string | null }>;

/** What it tells: somebody stopped at a point, or the points that somebody passed. */
export type Report = { parked: string; at: string } | { traces: Record<string, string[]> };

interface Course {
  /** Points in the order in which they were reached; the second time a name comes up it bears `#2`. */
  trace: string[];
  parkAt: string | null;
  gate: { opens: Promise<void>; open: () => void } | null;
}

/**
 * Stands around every port and knows, for each call of each method, the points before and after it. Nothing is listed here: a new method is a
 * new point. A user stops at a point of its own, and from then on every call on its behalf stops too, as if the process had died for this
 * user alone; one SIGKILL then is the crash of all of them.
 *
 * A call that serves many users at once cannot stop for one. Its answer is kept from those who stop after it: they are not in it.
 */
export class Failpoints {
  private readonly courses = new Map<string, Course>();
  /** Ids and references, and whose they are. */
  private readonly owners = new Map<string, string>();

  constructor(private readonly report: (report: Report) => void) {}

  readonly around: Around = (name, port) => this.watched(name, port);

  /** Those named go on from where they stand. */
  order(orders: Orders): void {
    for (const [user, { names = [], parkAt = null }] of Object.entries(orders)) {
      const course = this.courses.get(user) ?? { trace: [], parkAt, gate: null };
      this.courses.set(user, course);
      for (const name of [user, ...names]) this.owners.set(name, user);
      course.parkAt = parkAt;
      course.gate?.open();
      course.gate = null;
    }
  }

  tell(): void {
    this.report({ traces: Object.fromEntries([...this.courses].map(([user, { trace }]) => [user, trace])) });
  }

  private watched<Port extends object>(name: string, port: Port, owner?: string): Port {
    return new Proxy(port, {
      get: (target, member) => {
        const method: unknown = Reflect.get(target, member, target);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => this.call(`${name}.${String(member)}`, () => method.apply(target, args) as unknown, args, owner);
      },
    });
  }

  private call(name: string, work: () => unknown, args: unknown[], owner?: string): unknown {
    const users = owner === undefined ? this.usersIn(args) : new Set([owner]);
    const [user] = users;
    if (user !== undefined && users.size === 1) return this.callFor(user, name, work, args);
    const answer = work();
    if (answer instanceof Promise) return answer.then((items: unknown) => this.without(`after ${name}`, items));
    // The same store inside a transaction is the same port.
    return name.endsWith('.within') ? this.watched(name.split('.')[0] as string, answer as object) : answer;
  }

  private async callFor(user: string, name: string, work: () => unknown, args: unknown[]): Promise<unknown> {
    this.learn(args);
    await this.pass(user, `before ${name}`);
    try {
      const answer = await work();
      this.learn(answer, user);
      return this.withLease(user, answer);
    } finally {
      await this.pass(user, `after ${name}`);
    }
  }

  private withLease(user: string, answer: unknown): unknown {
    const lease = isObject(answer) ? answer['lease'] : undefined;
    return isObject(lease) ? { ...(answer as object), lease: this.watched('Lease', lease, user) } : answer;
  }

  private async pass(user: string, point: string): Promise<void> {
    const course = this.courses.get(user) as Course;
    // Between the look at the gate and the next point nobody else may come to one: an await would let them.
    if (course.gate) await opened(course);
    if (this.reaches(user, course, numbered(point, course.trace))) await opened(course);
  }

  /** True where the user stops here. */
  private reaches(user: string, course: Course, point: string): boolean {
    course.trace.push(point);
    if (course.parkAt !== point) return false;
    let open!: () => void;
    const opens = new Promise<void>((resolve) => (open = resolve));
    course.gate = { opens, open };
    this.report({ parked: user, at: point });
    return true;
  }

  private without(point: string, items: unknown): unknown {
    this.learn(items);
    if (!Array.isArray(items)) return items;
    return items.filter((item) => {
      const [user] = this.usersIn([item]);
      const course = user === undefined ? undefined : this.courses.get(user);
      if (!course || !user) return true;
      if (course.gate) return false;
      // A sweep that comes again every moment passes the same point.
      return course.trace.includes(point) || !this.reaches(user, course, point);
    });
  }

  private usersIn(value: unknown): Set<string> {
    const users = new Set<string>();
    for (const name of namesIn(value)) {
      const user = this.owners.get(name);
      if (user !== undefined) users.add(user);
    }
    return users;
  }

  /** What stands in one object with a name that is known is the same user's. */
  private learn(value: unknown, known?: string): void {
    // A text by itself, where it is the answer to a call for one user, is the name of something of that user's.
    if (known !== undefined && typeof value === 'string') this.owners.set(value, known);
    for (const object of objectsIn(value)) {
      const names = ownNames(object);
      const owner = names.map((name) => this.owners.get(name)).find((user) => user !== undefined) ?? known;
      if (owner !== undefined) for (const name of names) this.owners.set(name, owner);
    }
  }
}

/** Members that name one operation, charge, event or user, and no plan. */
const NAMING = [
  'userId',
  'id',
  'operationId',
  'refundId',
  'reference',
  'gatewayReference',
  'chargeReference',
  'subscriptionId',
  'customer',
];
/** Arguments and answers of ports are flat. */
const MAX_DEPTH = 4;

async function opened(course: Course): Promise<void> {
  while (course.gate) await course.gate.opens;
}

function numbered(point: string, trace: string[]): string {
  const before = trace.filter((passed) => passed === point || passed.startsWith(`${point} #`)).length;
  return before === 0 ? point : `${point} #${before + 1}`;
}

/** Texts by themselves, and those that objects bear under a naming member. */
function namesIn(value: unknown): string[] {
  const texts = Array.isArray(value) ? (value as unknown[]).flat(1).filter((item) => typeof item === 'string') : [];
  return [...texts, ...objectsIn(value).flatMap(ownNames)];
}

function ownNames(object: Record<string, unknown>): string[] {
  return NAMING.map((member) => object[member]).filter((name) => typeof name === 'string');
}

function objectsIn(value: unknown, depth = 0): Record<string, unknown>[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => objectsIn(item, depth + 1));
  if (!isObject(value) || !(isPlain(value) || 'userId' in value)) return [];
  return [value, ...Object.values(value).flatMap((member) => objectsIn(member, depth + 1))];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}
