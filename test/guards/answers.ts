import type { Group, NamedTest } from './guard.js';

const INTENT = 'src/gateways/stripe/payment-intent.ts';

const answer: NamedTest = { file: 'test/gateways/stripe/charge.test.ts', name: 'an answer $when is $means.kind' };

export const answers: Group = {
  title: 'What an answer of the gateway proves',
  guards: [
    {
      id: 'never-sent',
      name: 'Only what failed before the request was sent is `not_charged`',
      at: '`neverSent`',
      remove: [
        {
          file: 'src/gateways/stripe/silence.ts',
          find: "if (exchange.stage === 'sent' || exchange.deadline.passed",
          replace: 'if (exchange.deadline.passed',
        },
      ],
      test: {
        file: 'test/gateways/stripe/connection.test.ts',
        name: 'when TLS breaks after the request was sent, although the same error before would prove something',
      },
      without: 'failed, and charged by the request that had gone out',
    },
    {
      id: 'within-exchange',
      name: 'No request is sent of which nobody would know what became of it',
      at: '`makeRequest`',
      remove: [
        {
          file: 'src/gateways/stripe/transport.ts',
          find: 'const exchange = this.#exchanges.get(headers);',
          replace:
            "const exchange: Exchange = this.#exchanges.get(headers) ?? { signal: AbortSignal.timeout(5_000), stage: 'connecting', traceparent: '' };",
        },
      ],
      test: { file: 'test/gateways/stripe/transport.test.ts', name: 'that is bound to no exchange is refused, and nothing of it is sent' },
      without: 'it has no deadline, and whatever becomes of it is taken for what never left',
    },
    {
      id: 'explicit-success',
      name: 'Only an explicit success or refusal of a charge counts',
      at: '`outcomeOfCreate`',
      remove: [
        {
          file: INTENT,
          find: "if (standing.kind !== 'declined' && standing.kind !== 'canceled') return standing;",
          replace: 'if (standing.kind) return standing;',
        },
      ],
      test: answer,
      without: 'a charge that is being confirmed this moment is taken for a refused one',
    },
    {
      id: 'success-status',
      name: '… and only with the status of one',
      at: '`ask`',
      remove: [
        {
          file: 'src/gateways/stripe/ask.ts',
          find: 'return status >= 200 && status < 300 ?',
          replace: 'return status >= 0 && status < 1_000 ?',
        },
      ],
      test: answer,
      without: 'what a proxy says in place of the gateway is believed',
    },
    {
      id: 'same-amount',
      name: 'A charge of another amount, currency or reference is not ours',
      at: '`standingOf`',
      remove: [{ file: INTENT, find: 'if (mismatch !== null) return', replace: "if (mismatch === '') return" }],
      test: {
        file: 'test/contracts/payment-gateway.contract.ts',
        name: 'no charge of ours in one of another amount',
        runBy: 'test/gateways/stripe/sandbox.test.ts',
      },
      without: 'a subscription is had for whatever was paid',
    },
  ],
};
