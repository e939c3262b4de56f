import type { Group, NamedTest } from './guard.js';

const INBOX = 'src/operations/gateway-inbox.ts';

const inbox = (name: string): NamedTest => ({ file: 'test/operations/gateway-inbox.test.ts', name });

export const events: Group = {
  title: 'What the gateway tells',
  guards: [
    {
      id: 'signature',
      name: 'An event is believed only where its signature fits',
      at: '`verify`',
      remove: [
        {
          file: 'src/gateways/stripe/webhook.ts',
          find: 'if (!secrets.some((secret) => fits(rawBody, header, secret)))',
          replace: 'if (!secrets.some((secret) => secret || fits(rawBody, header, secret)))',
        },
      ],
      test: {
        file: 'test/security/card-data.test.ts',
        name: 'an event whose signature does not fit is refused for that: strangers cannot have it searched for card numbers',
      },
      without: 'anybody has us ask the gateway, as often as they like',
    },
    {
      id: 'signature-first',
      name: '… and searched for card numbers only then',
      at: '`receive`',
      remove: [
        {
          file: 'src/api/webhooks.controller.ts',
          find: 'const event = this.gateway.readEvent(request.rawBody ?? Buffer.alloc(0), request.headers);\n    refuseCardDataIn(request.body);',
          replace:
            'refuseCardDataIn(request.body);\n    const event = this.gateway.readEvent(request.rawBody ?? Buffer.alloc(0), request.headers);',
        },
      ],
      test: {
        file: 'test/security/card-data.test.ts',
        name: 'an event whose signature does not fit is refused for that: strangers cannot have it searched for card numbers',
      },
      without: 'strangers have large bodies searched at our expense',
    },
    {
      id: 'event-is-a-hint',
      name: 'An event is a hint to ask, never the proof of a payment',
      at: '`act`',
      remove: [
        {
          file: INBOX,
          find: "const taken = await this.parts.runner.takeOver(operation, 'webhook');",
          replace: `const [claimed] = await this.parts.store.claim([{ id: operation.id, fence: operation.fence, by: 'webhook', asks: false }]);
      if (!claimed) return;
      const believed = settlementOf(claimed.operation, { status: 'succeeded', gatewayReference: event.gatewayReference }, claimed.now, []);
      const [settled] = await this.parts.store.settle([believed]);
      if (!settled) return;
      const taken = { kind: 'driven' as const, settled };`,
        },
        {
          file: INBOX,
          find: "import type { Runner } from './runner.js';",
          replace: "import type { Runner } from './runner.js';\nimport { settlementOf } from './verdict.js';",
        },
      ],
      test: inbox('pays for nothing that waits for the customer'),
      without: 'whoever has the secret subscribes for nothing',
    },
    {
      id: 'late-is-asked',
      name: '… nor of late money',
      at: '`lateMoney`',
      remove: [
        {
          file: INBOX,
          find: "return outcome.kind === 'charged' && this.parts.runner.giveBackLate(operation, outcome.gatewayReference);",
          replace: 'return this.parts.runner.giveBackLate(operation, event.gatewayReference);',
        },
      ],
      test: inbox('pays for nothing that was declined'),
      without: 'alarms and refunds for money that never came',
    },
    {
      id: 'late-in-doubt',
      name: 'Where the gateway does not say whether late money came, it is asked again later',
      at: '`lateMoney`',
      remove: [
        {
          file: INBOX,
          find: "if (outcome.kind === 'unknown' || outcome.kind === 'not_found')\n      throw",
          replace: "if (outcome.kind === 'unknown' && outcome.why === '')\n      throw",
        },
      ],
      test: {
        file: 'test/operations/late-money.test.ts',
        name: 'is asked for again when the gateway does not say: an event is never taken for the proof, and never dropped',
      },
      without: 'the only word of that money is dropped',
    },
    {
      id: 'event-once',
      name: 'An event is stored once: the primary key of `gateway_events`',
      remove: [
        {
          file: 'src/platform/database/migrations/1700000000001-initial.ts',
          find: 'primary key (gateway, event_id)',
          replace: 'check (event_id is not null)',
        },
      ],
      test: inbox('that comes twice is stored once and acted on once'),
      without: 'it is acted on as often as it is sent',
    },
    {
      id: 'event-put-off',
      name: 'An event is put off before it is acted on, not done with',
      remove: [
        {
          file: 'src/operations/store/inbox.sql.ts',
          find: 'next_attempt_at = case when e.attempts + 1 < ${EVENT_TRIES} then',
          replace: 'next_attempt_at = case when e.attempts < 0 and 0 < ${EVENT_TRIES} then',
        },
      ],
      test: inbox('while the call is still at the gateway leaves the operation to its owner, and is acted on again later'),
      without: 'one that was not acted on is lost',
    },
    {
      id: 'event-in-doubt',
      name: 'An event is acted on again while its operation is still in doubt',
      at: '`act`',
      remove: [
        {
          file: INBOX,
          find: 'if (ANSWERED.has(now.status)) return',
          replace: 'if (ANSWERED.size > 0) return',
        },
      ],
      test: {
        file: 'test/operations/event-in-doubt.test.ts',
        name: 'is acted on again later, until the gateway has said what became of it',
      },
      without: 'an event that came before the gateway knew is wasted, and its user waits for the next check',
    },
    {
      id: 'event-after-the-end',
      name: 'An event whose operation was ended by somebody else meanwhile is asked about once more',
      at: '`act`',
      remove: [
        {
          file: INBOX,
          find: 'if (!now.isOpen) await this.actOnClosed(now, event, now.status);',
          replace: 'if (!now.isOpen) await this.done(event, now.status);',
        },
      ],
      test: {
        file: 'test/operations/event-in-doubt.test.ts',
        name: 'that somebody else ends as failed meanwhile is asked about once more, after the end: the money is given back',
      },
      without: 'money that came just before the end stays',
    },
  ],
};
