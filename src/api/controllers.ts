import { AdminCreditsController } from './admin/admin-credits.controller.js';
import { AdminOperationsController } from './admin/admin-operations.controller.js';
import { AdminPlansController } from './admin/admin-plans.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { InsightController } from './admin/insight.controller.js';
import { CreditsController } from './credits.controller.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { OperationsController } from './operations.controller.js';
import { PlansController } from './plans.controller.js';
import { SubscriptionController } from './subscription.controller.js';
import { WebhooksController } from './webhooks.controller.js';

/** Every route of the service, in the order in which the API's page shows them. */
export const CONTROLLERS = [
  PlansController,
  SubscriptionController,
  OperationsController,
  CreditsController,
  EventsController,
  WebhooksController,
  AdminOperationsController,
  AdminPlansController,
  AdminCreditsController,
  InsightController,
  AuditController,
  HealthController,
];
