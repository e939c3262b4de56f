import { fingerprintOf } from '../operations/intent.js';
import { OperationDesk } from '../operations/operation-desk.js';
import type { Operation } from '../operations/operation.entity.js';
import { OperationsQuery } from '../operations/operations-query.js';
import type { RefundTarget } from '../operations/kinds/refund.js';
import { Refunds } from '../operations/refunds.js';
import { chargedOf, type Status } from '../operations/states.js';
import type { Config } from '../platform/config.js';
import { fromPublicId, toPublicId } from '../platform/ids.js';
import { operationView } from '../api/views.js';
import { actOf, inRooms } from './rooms.js';

export function listOperations(config: Config, options: { status?: Status[]; user?: string; stuck?: boolean; limit: number }) {
  return inRooms(config, async (rooms, context) => {
    const filter = { status: options.status, userId: options.user, stuck: options.stuck };
    const { operations } = await rooms.get(OperationsQuery).list(filter, { limit: options.limit, after: null });
    const json = operations.map((operation) => operationView(operation, null, context));
    return { json, text: operations.length === 0 ? 'No operations.' : operations.map(line).join('\n') };
  });
}

export function showOperation(config: Config, text: string) {
  return inRooms(config, async (rooms, context) => {
    const read = await rooms.get(OperationDesk).inspect(idOf(text));
    if (!read) throw new Error(`There is no operation ${text}.`);
    const { operation, subscription } = read;
    return { json: { ...operationView(operation, subscription, context), timeline: operation.timeline }, text: story(operation) };
  });
}

export function recoverOperation(config: Config, text: string, reason: string) {
  const act = actOf(reason);
  return inRooms(config, async (rooms, context) => {
    const use = { userId: act.actor, key: act.requestId, fingerprint: fingerprintOf('CLI', 'ops recover', { text }) };
    const { settled } = await rooms.get(OperationDesk).recover(idOf(text), act, use);
    const failed = settled.operation.isOpen;
    return { json: operationView(settled.operation, settled.subscription, context), text: story(settled.operation), failed };
  });
}

export function refundOperation(
  config: Config,
  text: string,
  options: { reason: string; to: RefundTarget; amount?: number; key?: string },
) {
  const { reason, to, amount, key } = options;
  const act = actOf(reason);
  return inRooms(config, async (rooms, context) => {
    const id = idOf(text);
    const currency = (await rooms.get(OperationDesk).inspect(id))?.operation.currency ?? '';
    const use = { userId: act.actor, key: key ?? act.requestId, fingerprint: fingerprintOf('CLI', 'ops refund', { text, to, amount }) };
    const ask = { to, ...(amount === undefined ? {} : { amount: { amount, currency } }) };
    const { settled } = await rooms.get(Refunds).refund(id, ask, act, use);
    return {
      json: operationView(settled.operation, settled.subscription, context),
      text: story(settled.operation),
      failed: settled.operation.isOpen,
    };
  });
}

function idOf(text: string): string {
  const id = fromPublicId('op', text);
  if (!id) throw new Error(`${text} is not the id of an operation (op_…).`);
  return id;
}

function line(operation: Operation): string {
  const { createdAt, status, kind, userId, toPlanId } = operation;
  return [
    createdAt.toISOString(),
    toPublicId('op', operation.id),
    status.padEnd(15),
    kind.padEnd(11),
    money(operation).padStart(12),
    userId,
    toPlanId ?? '',
  ].join('  ');
}

/** What happened, in the order in which it happened. */
function story(operation: Operation): string {
  const { status, nextCheckAt, refundsOperationId, refundedToCard, refundedToCredit, currency } = operation;
  const of = { currency };
  return [
    `${toPublicId('op', operation.id)}  ${operation.kind} of ${operation.userId}, ${operation.fromPlanId ?? 'nothing'} → ${operation.toPlanId ?? 'nothing'}, ${money(operation)}`,
    `${status}, charged: ${chargedOf(operation)}, ${operation.attempts} gateway attempts, ${operation.requests} requests, gateway reference ${operation.gatewayReference ?? 'none'}`,
    ...(refundedToCard + refundedToCredit > 0
      ? [`given back: ${money({ ...of, amount: refundedToCard })} to the card, ${money({ ...of, amount: refundedToCredit })} as credit`]
      : []),
    ...(refundsOperationId ? [`gives back the money of ${toPublicId('op', refundsOperationId)}`] : []),
    ...(nextCheckAt ? [`next check at ${nextCheckAt.toISOString()}`] : []),
    '',
    ...operation.timeline.map(({ at, type, data }) => `  ${new Date(at).toISOString()}  ${type.padEnd(18)}${JSON.stringify(data)}`),
  ].join('\n');
}

function money({ amount, currency }: Pick<Operation, 'amount' | 'currency'>): string {
  if (currency === null) return '–';
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
