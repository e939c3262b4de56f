import type { Group, NamedTest } from './guard.js';

const GATEWAY = 'src/gateways/stripe/stripe-gateway.ts';
const CHARGE = 'src/gateways/stripe/charge.ts';
const CUSTOMERS = 'src/gateways/stripe/customers.ts';
const SAVED_CARDS = 'src/operations/cards/saved-cards.ts';

const contract = (name: string): NamedTest => ({
  file: 'test/contracts/saved-cards.contract.ts',
  name,
  runBy: 'test/gateways/stripe/sandbox.test.ts',
});
const authentication = (name: string): NamedTest => ({ file: 'test/gateways/stripe/authentication.test.ts', name });
const lost = (name: string): NamedTest => ({ file: 'test/api/lost-customer.test.ts', name });

export const savedCardsAtGateway: Group = {
  title: 'Saved cards, at the gateway',
  guards: [
    {
      id: 'customer-key',
      name: 'A customer is made under a key of ours, the same for every attempt',
      remove: [
        {
          file: GATEWAY,
          find: 'create(customer, { ...options, idempotencyKey: reference })',
          replace: 'create(customer, options)',
        },
      ],
      test: contract('who is made again under one reference is the same customer'),
      without: 'an answer that was lost is a second customer, and a card that is kept for the one nobody charges',
    },
    {
      id: 'card-to-last',
      name: 'A charge with the customer there is made to last',
      at: '`creationOf`',
      remove: [
        {
          file: CHARGE,
          find: "...(charge.offSession ? { off_session: true } : { setup_future_usage: 'off_session' }),",
          replace: '...(charge.offSession && { off_session: true }),',
        },
      ],
      test: contract('that was charged is kept afterwards, and is charged while nobody is there, more than once'),
      without: 'the card is used up by its first charge: nothing is renewed',
    },
    {
      id: 'look-before-authentication',
      name: 'A charge that was refused for want of the customer is looked at before it is confirmed again',
      at: '`#authenticate`',
      remove: [{ file: GATEWAY, find: 'if (standing !== null) return standing;', replace: '' }],
      test: contract(
        'waits for the customer, when it is sent again and when it is looked up as well, and is charged once after the approval',
      ),
      without:
        'the refusal is repeated for a day, and so is the answer to the confirmation: a charge that was paid is said to wait for its customer',
    },
    {
      id: 'authenticate-once',
      name: '… and is confirmed again only while it is that refusal by which it stands',
      at: '`standingBeforeAuthentication`',
      remove: [
        {
          file: CHARGE,
          find: "if (standing.kind === 'declined' && awaitsAuthentication(intent)) return null;",
          replace: "if (standing.kind === 'declined') return null;",
        },
      ],
      test: contract('is declined where the customer denies it, and does not ask the customer again'),
      without: 'a customer who said no is said to be asked still',
    },
    {
      id: 'authentication-key',
      name: '… under a key of its own, the same for every attempt',
      remove: [
        {
          file: GATEWAY,
          find: 'idempotencyKey = `${charge.reference}_auth`',
          replace: 'idempotencyKey = `${charge.reference}_${performance.now()}`',
        },
      ],
      test: authentication('has the same intent confirmed once more with the customer, under a key of its own'),
      without: 'two processes that send the same charge confirm it twice, and the second page makes the first one void',
    },
    {
      id: 'authentication-in-doubt',
      name: '… and that it could not be confirmed does not say that nothing was executed',
      at: '`outcomeOfAuthentication`',
      remove: [{ file: CHARGE, find: "if (outcome.kind === 'not_charged')", replace: "if (outcome.kind === 'not_charged' && id === '')" }],
      test: authentication('that $when makes the charge $means.kind'),
      without: 'failed, and waiting for a customer by the request before',
    },
    {
      id: 'look-after-attach',
      name: 'A card that is not attached because it is attached is kept',
      remove: [{ file: GATEWAY, find: 'mayBeKeptAlready(answer) ?', replace: 'mayBeKeptAlready(answer) && signal.aborted ?' }],
      test: contract('that is kept twice, or twenty times at once, is kept once'),
      without: 'a card whose first answer was lost is asked for until the last try, and not charged',
    },
    {
      id: 'card-of-another',
      name: '… for the customer who was named, and no other',
      at: '`keptBy`',
      remove: [{ file: CUSTOMERS, find: 'if (card.customer === customer) return', replace: 'if (card.customer !== null) return' }],
      test: contract('that is kept for one customer is refused to another'),
      without: 'a card of somebody else is taken for one’s own',
    },
    {
      id: 'lost-customer',
      name: 'A customer whom the gateway has lost is replaced, under a reference that follows from the one that was lost',
      at: '`customerInsteadOf`',
      remove: [{ file: SAVED_CARDS, find: 'customerReferenceOf(userId, lost)', replace: 'customerReferenceOf(userId)' }],
      test: lost('names another card, which is kept for another customer and pays the next period'),
      without: 'the gateway answers with the lost one for a day: this user’s card cannot be kept',
    },
    {
      id: 'lost-customer-once',
      name: '… once, whoever else replaces it',
      remove: [
        {
          file: 'src/operations/cards/cards.sql.ts',
          find: 'where user_id = $1 and gateway = $2 and customer = $3',
          replace: 'where user_id = $1 and gateway = $2 and $3 is not null',
        },
      ],
      test: { file: 'test/operations/saved-cards.test.ts', name: 'is replaced once, by the one that is first' },
      without: 'cards are kept for customers that nobody charges',
    },
    {
      id: 'lost-customer-forgotten',
      name: 'A charge that names a lost customer makes the subscription forget them',
      at: '`settlementOf`',
      remove: [
        {
          file: 'src/operations/verdict.ts',
          find: 'const change = customerIsGone ? { ...failing, customer: null } : failing;',
          replace: 'const change = failing;',
        },
      ],
      test: lost('is told that the saved card is no good, and pays with another one %s'),
      without: 'every later charge names them again and is refused, whatever card it brings',
    },
  ],
};
