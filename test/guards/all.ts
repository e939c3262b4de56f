import { adminRefunds } from './admin-refunds.js';
import { answers } from './answers.js';
import { backpressure, stopping } from './backpressure.js';
import { batching } from './batching.js';
import { oneCharge } from './charges.js';
import { credits } from './credits.js';
import { creditInOperations } from './credit-in-operations.js';
import { dependencies } from './dependencies.js';
import { doubt } from './doubt.js';
import { events } from './events.js';
import type { Group } from './guard.js';
import { hinting } from './hints.js';
import { insight } from './insight.js';
import { invoices } from './invoices.js';
import { live } from './live.js';
import { recoveryAndAudit } from './recovery-and-audit.js';
import { pages } from './pages.js';
import { lateMoney } from './refunds.js';
import { savedCardsAtGateway } from './saved-cards-at-gateway.js';
import { renewals } from './renewals.js';
import { seats } from './seats.js';
import { signIn } from './sign-in.js';
import { takingOver } from './taking-over.js';
import { testClock } from './test-clock.js';

export { alive, together } from './together.js';

export const groups: Group[] = [
  oneCharge,
  takingOver,
  answers,
  doubt,
  lateMoney,
  renewals,
  testClock,
  adminRefunds,
  events,
  seats,
  batching,
  live,
  hinting,
  creditInOperations,
  credits,
  invoices,
  backpressure,
  stopping,
  savedCardsAtGateway,
  dependencies,
  recoveryAndAudit,
  insight,
  pages,
  signIn,
];
