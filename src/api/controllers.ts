import { AdminCreditsController } from './admin/admin-credits.controller.js';
import { AdminEventsController } from './admin/admin-events.controller.js';
import { AdminInvoicesController } from './admin/admin-invoices.controller.js';
import { AdminLeasesController } from './admin/admin-leases.controller.js';
import { AdminOperationsController } from './admin/admin-operations.controller.js';
import { AdminPlansController } from './admin/admin-plans.controller.js';
import { AdminSubscriptionsController } from './admin/admin-subscriptions.controller.js';
import { AdminUsersController } from './admin/admin-users.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { InsightController } from './admin/insight.controller.js';
import { CreditsController } from './credits.controller.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { PaymentMethodController } from './payment-method.controller.js';
import { InvoicesController } from './invoices.controller.js';
import { OperationsController } from './operations.controller.js';
import { PlansController } from './plans.controller.js';
import { StageController } from './stage.controller.js';
import { SubscriptionController } from './subscription.controller.js';
import { TestClockController } from './test-clock.controller.js';
import { WebhooksController } from './webhooks.controller.js';

/** Every route of the service, in the order in which the API's page shows them. */
export const CONTROLLERS = [
  PlansController,
  SubscriptionController,
  PaymentMethodController,
  OperationsController,
  CreditsController,
  InvoicesController,
  EventsController,
  WebhooksController,
  AdminOperationsController,
  AdminPlansController,
  AdminSubscriptionsController,
  AdminCreditsController,
  AdminInvoicesController,
  AdminUsersController,
  AdminLeasesController,
  AdminEventsController,
  InsightController,
  AuditController,
  HealthController,
];

/** Routes for trying the service out, which a service that charges real cards does not have. */
export const SANDBOX_CONTROLLERS = [TestClockController, StageController];
