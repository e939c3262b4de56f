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
import { live } from './live.js';
import { recoveryAndAudit } from './recovery-and-audit.js';
import { lateMoney } from './refunds.js';
import { seats } from './seats.js';
import { takingOver } from './taking-over.js';

export { alive, together } from './together.js';

export const groups: Group[] = [
  oneCharge,
  takingOver,
  answers,
  doubt,
  lateMoney,
  events,
  seats,
  batching,
  live,
  creditInOperations,
  credits,
  backpressure,
  stopping,
  dependencies,
  recoveryAndAudit,
];
