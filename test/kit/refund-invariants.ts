import { grouped } from './grouped.js';
import type { ChargeFact, Facts, OperationFact } from './invariants.js';

/** What a refund that was given up gives back: nothing, and it is not counted. */
const GIVEN_UP: readonly string[] = ['failed', 'canceled'];

/**
 * What is given back of a payment is what its refunds say, in our books and at the gateway: the counters are the sums of the refunds that were not given
 * up, never more than was paid; the gateway gave back at least what is settled and at most what is counted; and each refund to credit has its entry.
 */
export function refundsAgree(facts: Facts): string[] {
  const refunds = grouped(
    facts.operations.filter(({ kind }) => kind === 'refund'),
    ({ refundsOperationId }) => refundsOperationId as string,
  );
  const charges = grouped(
    facts.charges.filter(({ status }) => status === 'succeeded'),
    ({ reference }) => reference ?? '',
  );
  return facts.operations.flatMap((operation) =>
    operation.kind === 'refund'
      ? creditAgrees(operation, facts)
      : [
          ...booksAgree(operation, refunds.get(operation.id) ?? [], facts),
          ...gatewayAgrees(operation, refunds.get(operation.id) ?? [], charges.get(operation.reference) ?? []),
        ],
  );
}

function booksAgree(operation: OperationFact, refunds: OperationFact[], { entries }: Facts): string[] {
  const { id, status, amount, creditApplied, refundedToCard, refundedToCredit } = operation;
  const counted = refunds.filter((refund) => !GIVEN_UP.includes(refund.status));
  // Credit that paid for nothing is free again by itself.
  const released = status === 'succeeded' && entries.some(({ operationId, kind }) => operationId === id && kind === 'released');
  const [toCard, toCredit] = [sum(counted, 'amount'), sum(counted, 'creditGranted') + (released ? creditApplied : 0)];
  return [
    ...(refundedToCard === toCard ? [] : [`I3 ${id} counts ${refundedToCard} given back to the card, and its refunds are ${toCard}`]),
    ...(refundedToCredit === toCredit ? [] : [`I3 ${id} counts ${refundedToCredit} given back as credit, and its refunds are ${toCredit}`]),
    ...(refundedToCard > amount || refundedToCard + refundedToCredit > amount + creditApplied
      ? [`I3 ${id} gives back more than was paid`]
      : []),
  ];
}

function gatewayAgrees({ id }: OperationFact, refunds: OperationFact[], made: ChargeFact[]): string[] {
  const done = sum(
    refunds.filter(({ status }) => status === 'succeeded'),
    'amount',
  );
  const most = sum(
    refunds.filter(({ status }) => !GIVEN_UP.includes(status)),
    'amount',
  );
  const back = made.reduce((total, { amountRefunded }) => total + amountRefunded, 0);
  return [
    ...(back < done ? [`I3 ${id} is refunded and its charge stays: ${back} of ${done} were given back`] : []),
    ...(back > most ? [`I3 ${id} had ${back} of its charge given back, and ${back - most} of that without a refund`] : []),
  ];
}

function creditAgrees({ id, creditGranted }: OperationFact, { entries }: Facts): string[] {
  const own = entries.filter(({ operationId, account }) => operationId === id && account === 'credit');
  const granted = own.reduce((total, { amount }) => total + amount, 0);
  return granted === creditGranted ? [] : [`I3 refund ${id} gives ${creditGranted} as credit, and its entries ${granted}`];
}

function sum(operations: OperationFact[], what: 'amount' | 'creditGranted'): number {
  return operations.reduce((total, operation) => total + operation[what], 0);
}
