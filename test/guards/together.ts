import type { Alive, NamedTest, Together } from './guard.js';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});
const race = (leases: 'none' | 'redlock'): NamedTest => ({
  file: 'test/contention/one-user.test.ts',
  name: 'with a key each and the same intent are one charge',
  group: `with leases ${leases}`,
});
const stop: NamedTest = {
  file: 'test/process/stop.test.ts',
  name: 'at %s a call in flight gets its answer, new requests are refused, readiness is off, and then it ends',
};

export const together: Together[] = [
  {
    guards: ['turn-constraint', 'first-of-turn'],
    test: store('one_operation_per_turn refuses a decision that was made before the previous operation was known'),
    without: 'who decided on the past is recorded after all',
  },
  {
    guards: ['open-index', 'turn-constraint'],
    test: race('none'),
    without: 'without leases every race is lost; with leases none is',
  },
  {
    guards: ['open-index', 'turn-constraint', 'first-of-turn', 'lease-at-start'],
    test: race('redlock'),
    without: 'with leases races are lost as well',
  },
  {
    guards: ['fence-settle', 'table-of-states'],
    test: {
      file: 'test/process/replicas.test.ts',
      name: 'one is frozen past its lease: the other takes over, and the first answers what became true',
    },
    without: 'what is over is settled again, by a frozen process that comes back too',
  },
  {
    guards: ['first-attempt', 'second-look'],
    test: {
      file: 'test/operations/runner.test.ts',
      name: 'that did not reach the gateway says nothing of the first one: the operation stays open',
    },
    without: 'an operation fails though its first attempt may have charged',
  },
  {
    guards: ['at-work', 'owner-alive'],
    test: { file: 'test/operations/recovery.test.ts', name: 'one whose call hangs delays nobody else, and is not taken up twice' },
    without: 'a process takes over from itself, sweep after sweep',
  },
  {
    guards: ['closed-at-the-door', 'closed-to-work'],
    test: stop,
    without: 'a call begins that nobody will settle',
  },
  {
    guards: ['drain-calls', 'drain-answers'],
    test: stop,
    without: 'every deployment cuts off callers after their charge',
  },
];

export const alive: Alive = {
  'test/platform/settings.test.ts': ['settings are written as they are in their variables'],
  'test/api/admin-search.test.ts': ['on which an admin acted by it'],
  'test/operations/renewals.test.ts': ['is another charge with every try: a decline is not repeated by its key'],
  'test/operations/renew.test.ts': ['against it: not-subscribed'],
  'test/subscriptions/dunning.test.ts': ['hard: %s'],
  'test/operations/saved-cards.test.ts': ['bears the name that the gateway gives it'],
  // Its tests need what is taken out.
  'test/api/lost-customer.test.ts': [],
  'test/operations/verdict.test.ts': ['of an explicit success is succeeded, with the reference of the gateway'],
  'test/api/test-clock.test.ts': ['tells what time it is, and how far that is ahead'],
  // Its one test needs what is taken out.
  'test/operations/cards-kept-at-once.test.ts': [],
  'test/crash/cards.test.ts': [],
  'test/platform/data-source.test.ts': [],
  'test/platform/service-clock.test.ts': ['is what rows are dated with'],
  'test/api/paying-with-credit.test.ts': ['uses it up before the card is charged'],
  'test/api/event-stream.test.ts': ['an event is its type, its id and its data, each on a line'],
  'test/api/events-limits.test.ts': ['no stream begins any more'],
  'test/api/events-resume.test.ts': ['is told nothing where it has missed nothing'],
  'test/api/admin-refunds.test.ts': ['gives nothing back of what was paid with credit'],
  'test/api/admin-credits.test.ts': ['is free to be used at once, and balanced by what was given away'],
  'test/api/two-windows.test.ts': [
    'for plans, at the same moment: of two windows that show the same, one is served and the other concedes',
  ],
  'test/contention/constraints.test.ts': ['a customer who has left subscribes again'],
  'test/contention/in-flight.test.ts': ['the same key with another body is refused at once'],
  // In each of its races somebody needs what is taken out.
  'test/contention/one-user.test.ts': [],
  'test/contention/seats.test.ts': ['whose card is declined gives the seat back, whatever others do meanwhile'],
  'test/contention/sets.test.ts': [
    'a record and a settle of one user that wait for each other are parted by the database and sent again: both have their answer',
  ],
  'test/events/hints.test.ts': ['are told to all who listen'],
  'test/api/admin-events.test.ts': ['names who was given credit by an admin'],
  'test/web/console/hint-stream.test.ts': ['whatever is hinted at is told, and that the service is heard'],
  'test/web/console/looks.test.ts': ['whoever asks first has a look taken at once'],
  'test/events/feed.test.ts': [
    'more events than are read at once are told portion by portion',
    'more users than are read at once are all told',
  ],
  'test/events/postgres-bell.test.ts': ['is heard by its own process also while nothing is heard of others'],
  'test/operations/invoicing.test.ts': ['of a plan that has no name any more shows its id'],
  'test/invoices/append-only.test.ts': ['reads as it was written'],
  'test/invoices/taxes.test.ts': ['who says nothing about taxes has none on the invoice'],
  'test/api/invoices.test.ts': ['that was declined, and what costs nothing, have none'],
  'test/api/invoice-page.test.ts': ['name days in UTC, wherever the service runs'],
  'test/credits/ledger.test.ts': ['that fits the others of its movement is written'],
  'test/credits/transfers.test.ts': ['are opened once, however many give to a newcomer at once'],
  'test/faults/statements.test.ts': ['before record is executed: 503, nothing is recorded or charged, and the same key succeeds'],
  'test/gateways/stripe/authentication.test.ts': ['and one with the customer there names the customer, and is made to last'],
  'test/gateways/stripe/charge.test.ts': ['an amount received is compared in the currency asked for, whatever its case'],
  'test/gateways/stripe/connection.test.ts': ['when the connection is refused'],
  'test/gateways/stripe/refund.test.ts': ['a reason is shown without keys, card numbers and more than 200 characters'],
  'test/gateways/stripe/sandbox.test.ts': ['more than the charge is refused'],
  'test/gateways/stripe/transport.test.ts': ['that is sent again is bound to the same exchange'],
  'test/leases/postgres-leases.test.ts': ['a released lease can be acquired at once'],
  'test/leases/demoted-redis.test.ts': [],
  'test/leases/redlock-leases.test.ts': ['a released lease can be acquired at once'],
  'test/operations/admin-refund.test.ts': ['asks the gateway once, under a mark made from the charge’s and the request’s'],
  'test/operations/event-in-doubt.test.ts': ['is acted on once where the gateway says at once what became of it'],
  'test/operations/gateway-inbox.test.ts': ['an event of somebody else’s charge is stored and left alone'],
  'test/operations/late-money.test.ts': ['money that came in time raises no alarm, however often an event tells of it'],
  'test/operations/meeting.test.ts': ['replays a refusal of the card without asking the gateway again'],
  'test/operations/newcomers.test.ts': ['newcomers with and without a seat, and others, are settled by one statement'],
  'test/operations/postgres-store.test.ts': ['join counts the request and gives the operation another name, also when it was just over'],
  'test/operations/record-answer-lost.test.ts': ['before the commit leaves nothing, and the caller is told to come again'],
  'test/operations/recovery-sweeps.test.ts': ['a sweep that finds as many as it may is followed by the next as soon as it is done'],
  'test/operations/recovery.test.ts': ['says in the timeline who took the operation over and what the gateway answered'],
  'test/operations/refund.test.ts': ['is settled by what is found'],
  'test/operations/ringing.test.ts': ['late money is rung for, with the refund that gives it back'],
  'test/operations/statistics.test.ts': ['count what is open by status and by age'],
  'test/operations/runner.test.ts': ['sends again what was recorded, under the same reference'],
  'test/operations/sent-again.test.ts': ['is made under the same reference'],
  'test/operations/shared-statements.test.ts': ['a transaction is not shared'],
  'test/overload/admission.test.ts': ['work that fails gives its place back'],
  'test/overload/rooms.test.ts': ['what goes on after its answer keeps its place', 'takes no room from any other'],
  'test/overload/stopping.test.ts': [
    'a process that stops does not wait for a lease store that says nothing',
    'a process that stops turns away who waits for a place, with nothing on record, and finishes what is at work',
  ],
  'test/process/replicas.test.ts': ['a request at the second waits for the owner at the first, and adopts when that is killed'],
  // Both of its tests need whoever waits to be told.
  'test/process/stop-after-grace.test.ts': [],
  // Its other test takes minutes.
  'test/process/stop-under-load.test.ts': [],
  // Each of its tests stops a process, and needs every step of that.
  'test/process/stop.test.ts': [],
  'test/security/audit-trail.test.ts': ['is whole as long as nobody touches it, however many write at once'],
  'test/api/web-pages.test.ts': ['are made of files that are named by their content and kept for a year'],
  'test/api/stage.test.ts': ['makes up customers who are believed, are nobody yet and have no role'],
  'test/api/caller.test.ts': ['the caller is who the token says'],
  'test/api/console-sign-in.test.ts': ['of the store speaks to the service alone all the same'],
  'test/platform/database/transaction.test.ts': ['is known wherever its work goes, and nowhere else'],
  'test/platform/config.test.ts': ['a variable that is set to nothing counts as not set'],
  'test/web/store/standing.test.ts': ['once it is %s'],
  'test/web/console/acts.test.ts': ['a note says nothing about the state, and needs none'],
  'test/web/console/csv.test.ts': ['leaves alone what is harmless'],
  'test/web/console/errand.test.ts': ['whoever comes back finds what they left with'],
  'test/web/console/sign-in.test.ts': [
    'brings an access token for the service, by a code that is worth nothing without what this page remembers',
  ],
  'test/security/card-data.test.ts': ['in an event of the gateway, even one whose signature fits'],
};
