import type { Group, NamedTest } from './guard.js';

const MIGRATION = 'src/platform/database/migrations/1700000000001-initial.ts';
const LOOK = 'src/operations/store/look.sql.ts';
const RENEW = 'src/operations/kinds/renew.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';
const VERDICT = 'src/operations/verdict.ts';
const CARDS = 'src/operations/cards/cards.sql.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store-renewals.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
  group: 'Postgres as a store of operations',
});
const byTime = (name: string): NamedTest => ({ file: 'test/operations/renewals.test.ts', name });
const unit = (name: string): NamedTest => ({ file: 'test/operations/renew.test.ts', name });
const dunning = (name: string): NamedTest => ({ file: 'test/subscriptions/dunning.test.ts', name });

const KEPT_THROUGH_CRASHES: NamedTest = {
  file: 'test/crash/cards.test.ts',
  name: 'a process that is killed at any step of keeping a card leaves one customer per user, whose card is kept and pays the renewal once',
};

export const renewals: Group = {
  title: 'Renewals',
  guards: [
    {
      id: 'one-renewal',
      name: 'One renewal per period: the unique index `one_renewal_per_period`',
      remove: [
        {
          file: MIGRATION,
          find: 'create unique index one_renewal_per_period on operations (subscription_id, period_start)',
          replace: 'create index one_renewal_per_period on operations (subscription_id, period_start)',
        },
      ],
      test: store('refuses one of a period that was renewed, whatever turn it names, and takes that of the next'),
      without: 'a period is charged for twice, by time and by the customer',
    },
    {
      id: 'renewal-due',
      name: 'A renewal that time asks for is of a period that is over, and of the try that is to be made',
      at: '`refuseUnlessDue`',
      remove: [
        {
          file: RENEW,
          find: '? nextAt !== null && nextAt <= now && due.periodEnd === periodEnd.toISOString() && due.attempts === renewalAttempts',
          replace: '? nextAt !== null || now !== null',
        },
      ],
      test: unit('against it: nothing-due %s'),
      without: 'a process that comes late charges the next period before it has begun',
    },
    {
      id: 'time-key',
      name: 'Time’s keys have spaces, and no caller’s key has',
      at: '`KEY`',
      remove: [
        {
          file: 'src/api/idempotency-key.ts',
          find: 'const KEY = /^[\\x21-\\x7e]{8,255}$/;',
          replace: 'const KEY = /^[\\x20-\\x7e]{8,255}$/;',
        },
      ],
      test: byTime('is asked for under a key that no caller can use'),
      without: 'who knows the key of their next renewal takes it, and is never charged again',
    },
    {
      id: 'renewals-stop',
      name: 'A stop waits for the renewals that were begun',
      at: '`stop`',
      remove: [{ file: 'src/operations/due/renewals.ts', find: '    await this.settled();\n', replace: '' }],
      test: byTime('lets what was begun come to its end, and begins nothing'),
      without: 'every deployment leaves charges to recovery',
    },
    {
      id: 'pay-what-is-owed',
      name: '… and one that the customer asks for, of a debt',
      at: '`refuseUnlessDue`',
      remove: [{ file: RENEW, find: ": status === 'past_due';", replace: ": status !== 'canceled';" }],
      test: unit('is refused while the subscription is %s: nothing-due'),
      without: 'a second press pays for the period after the next',
    },
    {
      id: 'dead-card',
      name: 'A card that will never pay is not asked again by time',
      at: '`decide`',
      remove: [{ file: RENEW, find: 'if (card !== null && card === subscription.pastDue?.deadCard)', replace: "if (card === '')" }],
      test: unit('instead of a renewal %s'),
      without: 'a stolen card is charged again and again, which the networks fine',
    },
    {
      id: 'unreached-is-no-decline',
      name: 'What never reached the gateway says nothing of the card',
      at: '`failing`',
      remove: [{ file: RENEW, find: "if (problem?.code === 'gateway-unavailable') {", replace: "if (problem?.detail === '') {" }],
      test: unit(
        'no debt where the gateway proves not to have tried: the same again after ten minutes, twice as long each time, up to a day',
      ),
      without: 'an hour without a gateway ends subscriptions',
    },
    {
      id: 'decline-by-time-only',
      name: 'A decline counts where time asked, not where the customer tried to pay',
      at: '`failing`',
      remove: [{ file: RENEW, find: 'if (!dunning) return null;', replace: "if (!dunning) return { status: 'canceled', nextAt: null };" }],
      test: unit('nothing where the customer asked for it'),
      without: 'who tries another card loses a try of the schedule',
    },
    {
      id: 'decline-is-an-answer',
      name: 'Only what ended without success is a decline: doubt changes nothing',
      at: '`settlementOf`',
      remove: [
        {
          file: VERDICT,
          find: "if (verdict.status === 'failed' || verdict.status === 'canceled') {",
          replace: "if (verdict.status !== 'succeeded') {",
        },
      ],
      test: { file: 'test/operations/verdict.test.ts', name: 'of a renewal that is %s changes nothing of its subscription' },
      without: 'a subscription owes what may have been paid',
    },
    {
      id: 'dunning-ends',
      name: 'Behind the schedule there is no further try',
      at: '`afterDecline`',
      remove: [
        {
          file: 'src/subscriptions/dunning.ts',
          find: '.filter((time) => time > at);',
          replace: '.filter((time) => time > at || time === at);\n  if (toCome.length === 0) toCome.push(new Date(at.getTime() + 1));',
        },
      ],
      test: dunning('at the end of the schedule the policy %s makes it %s, due for nothing'),
      without: 'a card is asked for ever',
    },
    {
      id: 'hold',
      name: 'What is held is left alone by others until the hold is over',
      remove: [
        {
          file: LOOK,
          find: 'and (claimed_until is null or claimed_until <= service_now())',
          replace: 'and (claimed_until is null or true)',
        },
      ],
      test: store('is due again when the hold is over'),
      without: 'every process works on all that is due, all the time',
    },
    {
      id: 'hold-skips',
      name: '… and while it is being held: `skip locked`',
      remove: [{ file: LOOK, find: 'order by next_at limit $1 for update skip locked', replace: 'order by next_at limit $1' }],
      test: store('is held by one of those who look together, and by nobody twice'),
      without: 'two processes hold the same subscription',
    },
    {
      id: 'hold-lifted',
      name: 'A settle lifts the hold',
      remove: [{ file: SETTLE, find: '    claimed_until = null,\n', replace: '' }],
      test: store('is due again at once where a settle says so: it lifts the hold'),
      without: 'what is due at once waits for a minute',
    },
    {
      id: 'idle-seat',
      name: 'Who rests holds no seat',
      remove: [
        {
          file: SETTLE,
          find: "seated = coalesce(m.change->>'status', s.status) not in ('canceled', 'paused')\n      and (",
          replace: "seated = coalesce(m.change->>'status', s.status) not in ('canceled')\n      and (",
        },
      ],
      test: store('frees the seat for others, and a resume takes it again'),
      without: 'the constraint refuses every pause of a counted plan',
    },
    {
      id: 'idle-due',
      name: 'Nothing is due of who rests: the check `nothing_due_of_the_idle`',
      remove: [
        {
          file: MIGRATION,
          find: "constraint nothing_due_of_the_idle check (next_at is null or status in ('trialing', 'active', 'past_due'))",
          replace: 'constraint nothing_due_of_the_idle check (true)',
        },
      ],
      test: store('with something still due is refused as a whole: nothing_due_of_the_idle'),
      without: 'who paused is charged',
    },
    {
      id: 'failed-renewal-left',
      name: 'A renewal that fails does nothing to a subscription that was left',
      remove: [
        {
          file: SETTLE,
          find: "  where m.change is not null and s.status <> 'canceled'\n  for update of s\n), ${createdSql",
          replace: '  where m.change is not null\n  for update of s\n), ${createdSql',
        },
      ],
      test: store('that fails when its subscription was left meanwhile leaves it as it is'),
      without: 'who left owes again, and is charged',
    },
    {
      id: 'kept-card',
      name: 'That a card is kept is noted on the subscription that still has it',
      remove: [
        {
          file: CARDS,
          find: 'join asked a on a.id = s.id and a.payment_method = s.payment_method',
          replace: 'join asked a on a.id = s.id',
        },
      ],
      test: { file: 'test/operations/saved-cards.test.ts', name: 'that was replaced meanwhile is not put in the place of the new one' },
      without: 'the old card is charged after the customer named another',
    },
    {
      id: 'one-customer',
      name: 'A user has one customer: the primary key `one_customer_per_user`',
      remove: [
        {
          file: CARDS,
          find: 'on conflict do nothing',
          replace: 'on conflict (user_id, gateway) do update set customer = excluded.customer',
        },
      ],
      test: { file: 'test/operations/saved-cards.test.ts', name: 'is the one that was written down first, whoever made another' },
      without: 'cards are kept for customers that nobody charges',
    },
    {
      id: 'card-before-charge',
      name: 'The saved card is charged only once it is kept',
      at: '`draft`',
      remove: [
        {
          file: 'src/operations/operations.ts',
          find: 'if (!draft.terms.savedCard || draft.terms.customer || !seen.subscription) return draft;',
          replace: 'if (draft.amount >= 0) return draft;',
        },
      ],
      test: {
        file: 'test/operations/saved-cards.test.ts',
        name: 'whose card the gateway did not say to be kept is not renewed, and nothing is charged',
      },
      without: 'a charge that no gateway can make counts as a decline of the card',
    },
    {
      id: 'cards-swept',
      name: 'A card that is to be kept is found by whoever renews, however the process ended that charged it',
      remove: [{ file: 'src/service.ts', find: "if (config.roles.has('renewals')) app.get(SavedCards).start();", replace: '' }],
      test: KEPT_THROUGH_CRASHES,
      without: 'a card is kept when it is asked for, and the gateway may have forgotten by then what it was charged for',
    },
    {
      id: 'adapter-hangs-on-card',
      name: 'An adapter that never answers does not keep whoever has a card kept',
      at: '`answeredInTime`',
      remove: [
        {
          file: 'src/operations/cards/saved-cards.ts',
          find: 'answeredInTime(send, this.parts)',
          replace: 'send(new AbortController().signal)',
        },
      ],
      test: { file: 'test/operations/saved-cards.test.ts', name: 'that never answers keeps nobody for longer than a call may take' },
      without: 'no card is kept any more until the process ends, and a user’s lease is held as long',
    },
  ],
};
