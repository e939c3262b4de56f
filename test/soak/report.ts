import type { Facts } from '../kit/invariants.js';
import type { History } from './history.js';
import type { House } from './house.js';
import { megabytes, type Memory } from './memory.js';
import type { SoakOptions } from './soak.js';

export interface Report {
  operations: Record<string, number>;
  charges: Record<string, number>;
  /** Entries of the ledger, by kind. */
  entries: Record<string, number>;
  answers: Record<string, number>;
  faults: Record<string, number>;
  /** Of operations that were open at that moment: until they were settled. Seconds. */
  settledAfterFault: Seconds;
  settledAfterAll: Seconds;
  text: string;
}

interface Seconds {
  count: number;
  median: number;
  worst: number;
}

interface Subject {
  house: House;
  history: History;
  facts: Facts;
  memory: Memory;
  healedAt: number;
  options: SoakOptions;
}

/** What waits for a customer, for a bank or for a person who decides is nobody's delay. */
const LIVES = `
select (extract(epoch from created_at) * 1000)::float as from, (extract(epoch from settled_at) * 1000)::float as until, checks
from operations
where settled_at is not null and amount > 0 and payment_method is distinct from 'pm_sandbox_processing'
  and not timeline @> '[{"type": "settled", "data": {"status": "requires_action"}}]' and not timeline @> '[{"type": "resolved"}]'`;

/** The numbers of a run. */
export async function reportOf({ house, history, facts, memory, healedAt, options }: Subject): Promise<Report> {
  const lives = (await house.sql(LIVES)) as { from: number; until: number; checks: number }[];
  const openAt = (moment: number) => lives.filter(({ from, until }) => from <= moment && until > moment).map(({ until }) => until - moment);
  const report = {
    operations: counted(facts.operations, ({ kind, status }) => `${kind} ${status}`),
    charges: counted(facts.charges, ({ status, amountRefunded }) => (amountRefunded > 0 ? 'refunded' : status)),
    entries: counted(facts.entries, ({ kind }) => kind),
    answers: Object.fromEntries([...history.answers].sort(([, a], [, b]) => b - a)),
    faults: counted(history.troubles, ({ kind }) => kind),
    settledAfterFault: secondsOf(history.troubles.flatMap(({ until }) => openAt(until))),
    settledAfterAll: secondsOf(openAt(healedAt)),
  };
  const recovered = lives.filter(({ checks }) => checks > 0).length;
  const keys = history.clicks.reduce((sum, click) => sum + click.keys.length, 0);
  const text = [
    `seed ${options.seed}, ${options.minutes} minutes of trouble`,
    `clicks: ${history.clicks.length} with ${keys} keys; answers: ${total(report.answers)}`,
    `operations: ${total(report.operations)}, ${recovered} of them recovered${lines(report.operations)}`,
    `charges: ${total(report.charges)}${lines(report.charges)}`,
    `entries of the ledger: ${total(report.entries)}${lines(report.entries)}`,
    `faults: ${total(report.faults)} of ${Object.keys(report.faults).length} kinds${lines(report.faults)}`,
    `answers by status${lines(report.answers)}`,
    `settled after a fault was healed: ${said(report.settledAfterFault)}`,
    `settled after all was healed: ${said(report.settledAfterAll)}`,
    `resident: ${memory
      .halves()
      .map(({ name, first, second }) => `${name} ${megabytes(first)}, then ${megabytes(second)}`)
      .join('; ')}`,
  ].join('\n');
  return { ...report, text };
}

function counted<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function secondsOf(milliseconds: number[]): Seconds {
  const sorted = milliseconds.map((ms) => Math.round(ms / 10) / 100).sort((a, b) => a - b);
  return { count: sorted.length, median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

function said({ count, median, worst }: Seconds): string {
  return `${count} operations, median ${median} s, worst ${worst} s`;
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function lines(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `\n  ${String(count).padStart(6)}  ${name}`)
    .join('');
}
