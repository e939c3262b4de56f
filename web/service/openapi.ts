/* Printed from openapi.json by `npm run generate`. */
export interface paths {
  '/v1/plans': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Plans on sale, in order of creation */
    get: operations['onSalePlans'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The live subscription */
    get: operations['mineSubscription'];
    /** Be on a plan: the first call subscribes, any later one changes the plan */
    put: operations['putSubscription'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/subscriptions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Subscribe; refused when a live subscription exists */
    post: operations['subscribeSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/subscriptions/{id}/change-plan': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Change the plan of this subscription */
    post: operations['changePlanSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What being on a plan would cost: a quote that holds for 15 minutes */
    post: operations['previewSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Leave, at the end of the period or at once */
    post: operations['cancelSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take a scheduled cancel back, or go on after a pause */
    post: operations['resumeSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stop for a while: nothing is charged, and the seat is free for others */
    post: operations['pauseSubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/subscription/pay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Pay at once what is past due, with the saved card or another one */
    post: operations['paySubscription'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/payment-method': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Save another card for the charges to come; what is past due is tried with it at once */
    put: operations['putPaymentMethod'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/operations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One operation; with Prefer: wait=N the answer comes as soon as it moves */
    get: operations['oneOperations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/operations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** My operations, newest first */
    get: operations['mineOperations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/operations/{id}/confirm': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The customer has authenticated: ask the gateway now */
    post: operations['confirmOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/operations/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End an operation that waits for the customer; it is canceled at the gateway first */
    post: operations['cancelOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/credits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** My credit, by currency */
    get: operations['mineCredits'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/credits/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The entries behind my balances, newest first */
    get: operations['entriesCredits'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/credits/transfers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Give credit to another user */
    post: operations['transferCredits'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/invoices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** My invoices, newest first; a charge has one within seconds */
    get: operations['mineInvoices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/invoices/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One invoice; with Accept: text/html as a page that can be printed */
    get: operations['oneInvoices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What becomes of my operations, my subscription and my credit, as it happens
     * @description Server-sent events. `snapshot` comes first: `{ subscription, openOperations, credits: [{ currency, balance, reserved }] }`. Then, each once and in order:
     *     `operation.updated` (an Operation, without its subscription), `subscription.updated` (a Subscription), `credits.updated` (`{ currency, balance, reserved }`).
     *     Ids are consecutive numbers of the user. A comment comes every 15 s; `bye` (`{ reason }`) comes before the service ends the stream: come back with Last-Event-ID.
     *     With Last-Event-ID, events go on after that number; where they cannot, because it is older than 72 h or too many were missed, a snapshot comes first again.
     *     At most 10 streams for each user and process.
     */
    get: operations['mineEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/{gateway}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** An event of the gateway: signature checked over the raw body, stored once, acted on afterwards */
    post: operations['receiveWebhooks'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Operations, filtered, with counts per status */
    get: operations['listAdminOperations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Everything about one operation */
    get: operations['oneAdminOperations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}/recover': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ask the gateway now and settle by its answer */
    post: operations['recoverAdminOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End an operation before money moved */
    post: operations['cancelAdminOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}/notes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Leave a note; its text is its reason in the audit */
    post: operations['noteAdminOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}/resolve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End an operation in needs_review or unknown by evidence */
    post: operations['resolveAdminOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/operations/{id}/refund': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Give back what was paid, in part or all that is left, to the card or as credit */
    post: operations['refundAdminOperations'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/plans': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All plans with their seats */
    get: operations['listAdminPlans'];
    put?: never;
    /** Put a plan into the catalogue */
    post: operations['createAdminPlans'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/plans/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change a plan; what is sold keeps its price */
    patch: operations['updateAdminPlans'];
    trace?: never;
  };
  '/v1/admin/users/{userId}/subscription/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stop a user's subscription for a while: nothing is charged */
    post: operations['pauseAdminSubscriptions'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/users/{userId}/subscription/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Let a user's subscription go on; a period that has to begin anew is charged to the saved card */
    post: operations['resumeAdminSubscriptions'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/users/{userId}/credits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a user has in credit */
    get: operations['ofAdminCredits'];
    put?: never;
    /** Give credit to a user, or take it back */
    post: operations['grantAdminCredits'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/invoices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Invoices, filtered, newest first */
    get: operations['listAdminInvoices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/invoices/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One invoice */
    get: operations['oneAdminInvoices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/users/{userId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a user has, what is under way for them and what happened */
    get: operations['oneAdminUsers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/users/{userId}/credits/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The entries behind a user's balances, newest first */
    get: operations['entriesAdminUsers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/leases': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Leases alive now, each with the operation that it is about, and open operations without one */
    get: operations['liveAdminLeases'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * For whom something becomes true, as it happens
     * @description Server-sent events, for a console that shows many users. `operations.updated` (`{ userIds, more }`) says that something became true for
     *     these users, at most 100 of them, and that it is worth looking again; with `more` also for others, or rings may have been missed: look at everything. What becomes true within a
     *     quarter of a second is told together. One with `more` comes first, so that whoever comes, or comes back, looks once. There are no ids and nothing is resumed: these are hints, not
     *     events, and one may be lost, so look now and then without one. A comment comes every 15 s; `bye` (`{ reason }`) comes before the service ends the stream.
     *     At most 10 streams for each user and process, those of `/v1/me/events` among them.
     */
    get: operations['allAdminEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/stats': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Counts, ages, outcomes, latency, duplicates absorbed
     * @description Those who ask within a second share one reading of each process. What is open, and how the gateway answered, is read at `now`; what ended within the last
     *     hour at `lastHourAt`, and what is of the last day at `lastDayAt`: that is remembered for a minute, and either for twenty times as long as it takes to read.
     */
    get: operations['figuresInsight'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/system': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Versions, migrations, the health of every part, and settings without secrets */
    get: operations['partsInsight'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The append-only log of what admins did, newest first */
    get: operations['listAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/livez': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The process is alive; touches nothing */
    get: operations['aliveHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The process can work; says what is degraded */
    get: operations['readyHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Prometheus metrics */
    get: operations['prometheusHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/clock': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What time it is for the business; only in sandbox mode */
    get: operations['readTestClock'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/clock/advance': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Move the clock forwards and work off everything that becomes due on the way; only in sandbox mode */
    post: operations['advanceTestClock'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/shoppers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A customer nobody knows yet, with a token for the day and no role; only in sandbox mode */
    post: operations['newShopperStage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/charges': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the gateway has charged me, protected or not; only in sandbox mode */
    get: operations['chargesStage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/naive-clicks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The same click without protection: it charges as often as it is made; only in sandbox mode */
    post: operations['clickNaivelyStage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/cards': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Let my saved card go bad, or be well again; only in sandbox mode */
    post: operations['cardsStage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/month': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Let a month pass for everybody; only in sandbox mode */
    post: operations['monthStage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/server': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The process that answers; only in sandbox mode */
    get: operations['serverStage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/test/stage/server/kill': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Kill the process that answers, as a power cut would; only in sandbox mode, and where it comes back */
    post: operations['killStage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Plan: {
      id: string;
      name: string;
      price: components['schemas']['Money'];
      /** @enum {string} */
      interval: 'month' | 'year';
      trialDays: number;
      family: string | null;
      seats: {
        capacity: number;
        taken: number;
        held: number;
        left: number;
      } | null;
      features: string[];
    };
    Money: {
      /** @description integer minor units */
      amount: number;
      currency: string;
    };
    /**
     * @example {
     *       "planId": "pro",
     *       "paymentMethod": "pm_card_visa"
     *     }
     */
    SubscribeRequest: {
      planId: string;
      paymentMethod?: string;
      /** @enum {string} */
      effective?: 'now' | 'period_end';
      /** @description the quote that the customer agreed to: its amount is charged, or nothing */
      quoteId?: string;
    };
    Operation: {
      /** @enum {string} */
      object: 'operation';
      id: string;
      version: number;
      /** @enum {string} */
      kind: 'subscribe' | 'change_plan' | 'cancel' | 'pause' | 'resume' | 'renew' | 'refund';
      /** @enum {string} */
      status: 'pending' | 'requires_action' | 'unknown' | 'needs_review' | 'succeeded' | 'failed' | 'canceled';
      /** @description paused, canceled: what became of a subscription instead of its renewal */
      result: ('created' | 'changed' | 'unchanged' | 'renewed' | 'paused' | 'canceled') | null;
      /**
       * @description whether the card was charged with the amount, whatever was given back later; of a refund, whether it still is
       * @enum {string}
       */
      charged: 'no' | 'yes' | 'unknown';
      userId: string;
      fromPlanId: string | null;
      toPlanId: string | null;
      /** @description of a refund: id of the operation whose payment it gives back */
      refundOf: string | null;
      /** @description how much of its payment is given back, counting what is under way; null where there is nothing to give back */
      refunded: {
        toCard: components['schemas']['Money'];
        toCredit: components['schemas']['Money'];
      } | null;
      /** @description what the gateway is asked for, or to give back; null where the operation concerns no money */
      amount: components['schemas']['Money'] | null;
      /** @description credit that pays a part of it: reserved while the operation is open, released where it fails */
      creditApplied: components['schemas']['Money'] | null;
      /** @description what becomes credit: with a change, what is left over of what was paid before; with a refund, what it gives back so */
      creditGranted: components['schemas']['Money'] | null;
      gateway: {
        name: string;
        reference: string | null;
        attempts: number;
      };
      recovery: {
        checks: number;
        nextCheckAt: string | null;
      };
      /** @description HTTP requests that share this operation */
      requests: number;
      /** @description the period that it pays for; known before it succeeds only of a renewal */
      period: {
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        startAt: string;
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        endAt: string;
      } | null;
      /** @description of a renewal: the change of plan that was to come with it and did not, so that the old plan was kept */
      droppedChange: {
        planId: string;
        /** @enum {string} */
        reason: 'plan-full';
      } | null;
      nextAction: {
        /** @enum {string} */
        type: 'redirect';
        url: string;
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        expiresAt: string;
      } | null;
      problem: components['schemas']['Problem'] | null;
      subscription?: components['schemas']['Subscription'] | null;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      updatedAt: string;
      settledAt: string | null;
    };
    Problem: {
      /** @description resolvable address of the page about this problem */
      type: string;
      title: string;
      status: number;
      detail?: string;
      /** @enum {string} */
      code:
        | 'idempotency-key-missing'
        | 'idempotency-key-invalid'
        | 'idempotency-key-reused'
        | 'validation-failed'
        | 'card-number-refused'
        | 'unauthenticated'
        | 'forbidden'
        | 'not-found'
        | 'method-not-allowed'
        | 'webhook-signature'
        | 'body-too-large'
        | 'media-type-unsupported'
        | 'rate-limited'
        | 'not-subscribed'
        | 'nothing-due'
        | 'subscription-paused'
        | 'subscription-not-pausable'
        | 'plan-not-found'
        | 'plan-full'
        | 'quote-stale'
        | 'payment-method-required'
        | 'payment-method-invalid'
        | 'payment-declined'
        | 'currency-mismatch'
        | 'already-subscribed'
        | 'subscription-changed'
        | 'insufficient-credit'
        | 'credits-changed'
        | 'credit-limit-reached'
        | 'conflicting-operation'
        | 'request-outstanding'
        | 'operation-changed'
        | 'operation-not-open'
        | 'operation-not-cancelable'
        | 'operation-not-resolvable'
        | 'operation-not-refundable'
        | 'refund-exceeds-payment'
        | 'plan-exists'
        | 'plan-changed'
        | 'capacity-too-low'
        | 'gateway-unavailable'
        | 'service-unavailable'
        | 'shutting-down'
        | 'overloaded'
        | 'clock-not-movable'
        | 'server-not-kept'
        | 'internal-error';
      /**
       * @description whether money moved
       * @enum {string}
       */
      charged: 'no' | 'yes' | 'unknown';
      /** @description whether the same request with the same key may succeed later */
      retryable: boolean;
      operationId?: string;
      requestId: string;
      declineCode?: string;
      errors?: {
        pointer: string;
        detail: string;
      }[];
      /** @description with plan-full: plans of the same family that have seats left, the nearest price first */
      alternatives?: {
        planId: string;
        left: number | null;
        price: components['schemas']['Money'];
      }[];
    } & {
      [key: string]: unknown;
    };
    Subscription: {
      /** @enum {string} */
      object: 'subscription';
      id: string;
      /** @description the ETag; moves when what the user holds changes */
      version: number;
      userId: string;
      planId: string;
      /** @enum {string} */
      status: 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled';
      price: components['schemas']['Money'];
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      currentPeriodStartAt: string;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      currentPeriodEndAt: string;
      /** @description when the next period is charged, or what was declined is tried again */
      nextPaymentAttemptAt: string | null;
      /** @description the period that has begun is not paid for */
      pastDue: {
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        sinceAt: string;
        /** @description renewals of this period that were declined */
        declines: number;
      } | null;
      /** @description the gateway's token of the card that renewals are charged to */
      paymentMethod: string | null;
      cancelAtPeriodEnd: boolean;
      pendingChange: {
        planId: string;
        price: components['schemas']['Money'];
        /** @enum {string} */
        interval: 'month' | 'year';
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        effectiveAt: string;
      } | null;
      /** @description id of the open operation */
      openOperation: string | null;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
      canceledAt: string | null;
    };
    /**
     * @example {
     *       "planId": "pro"
     *     }
     */
    PreviewRequest: {
      planId: string;
      /** @enum {string} */
      effective?: 'now' | 'period_end';
    };
    Quote: {
      /** @enum {string} */
      object: 'quote';
      id: string;
      /** @enum {string} */
      kind: 'subscribe' | 'change_plan';
      planId: string;
      effective: ('now' | 'period_end') | null;
      /** @description they sum to dueNow */
      lines: {
        /** @enum {string} */
        type: 'plan' | 'unused_time' | 'credit_granted' | 'credit_applied';
        /** @description null where the line is about credit */
        planId: string | null;
        amount: components['schemas']['SignedMoney'];
      }[];
      /** @description what the card is charged */
      dueNow: components['schemas']['Money'];
      creditApplied: components['schemas']['Money'];
      /** @description the charge after this one */
      next: {
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        at: string;
        amount: components['schemas']['Money'];
      };
      /** @description when the quote was made; null where the plan has no limit */
      seatsLeft: number | null;
      /** @description the version of the subscription that it rests on */
      subscriptionVersion: number | null;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      expiresAt: string;
    };
    SignedMoney: {
      /** @description integer minor units; below zero where it is taken off */
      amount: number;
      currency: string;
    };
    /**
     * @example {
     *       "at": "period_end"
     *     }
     */
    CancelRequest: {
      /** @enum {string} */
      at: 'now' | 'period_end';
    };
    /**
     * @example {
     *       "paymentMethod": "pm_card_visa"
     *     }
     */
    PayRequest: {
      /** @description another card than the saved one; it is saved when it pays */
      paymentMethod?: string;
    };
    EmptyRequest: Record<string, never>;
    /**
     * @example {
     *       "paymentMethod": "pm_card_visa"
     *     }
     */
    PaymentMethodRequest: {
      paymentMethod: string;
    };
    Credits: {
      /** @enum {string} */
      object: 'credits';
      /** @description the ETag; moves with every movement of any currency */
      version: number;
      data: {
        currency: string;
        /** @description minor units that can be spent or given away */
        balance: number;
        /** @description minor units set aside for an open operation */
        reserved: number;
      }[];
    };
    CreditEntry: {
      /** @enum {string} */
      object: 'credit_entry';
      /** @description of the movement: both sides of a transfer see the same */
      id: string;
      amount: components['schemas']['SignedMoney'];
      /** @enum {string} */
      kind: 'grant' | 'take_back' | 'transfer' | 'applied' | 'released' | 'spent' | 'proration' | 'refund';
      /** @description the operation that it pays a part of, is left over from, or that gives back what was paid */
      operationId: string | null;
      /** @description of a transfer: who gave it or got it */
      counterpartUserId: string | null;
      /** Format: date-time */
      createdAt: string;
    };
    /**
     * @example {
     *       "toUserId": "user_43",
     *       "amount": {
     *         "amount": 500,
     *         "currency": "USD"
     *       }
     *     }
     */
    TransferRequest: {
      toUserId: string;
      amount: components['schemas']['PositiveMoney'];
    };
    PositiveMoney: {
      /** @description integer minor units */
      amount: number;
      currency: string;
    };
    CreditTransfer: {
      /** @enum {string} */
      object: 'credit_transfer';
      id: string;
      fromUserId: string;
      toUserId: string;
      amount: components['schemas']['Money'];
      /** Format: date-time */
      createdAt: string;
    };
    Invoice: {
      /** @enum {string} */
      object: 'invoice';
      id: string;
      /** @description without gaps within the UTC year of the charge */
      number: string;
      /** @enum {string} */
      status: 'paid';
      /** @description the operation whose charge it is for */
      operationId: string;
      userId: string;
      planId: string | null;
      /** @description they sum to total */
      lines: {
        /** @enum {string} */
        type: 'plan' | 'unused_time' | 'credit_granted' | 'credit_applied';
        description: string;
        /** @description null where the line is about credit */
        planId: string | null;
        amount: components['schemas']['SignedMoney'];
      }[];
      /** @description what was due */
      subtotal: components['schemas']['Money'];
      /** @description the part of it that credit paid */
      creditApplied: components['schemas']['Money'];
      /** @description the part of it that the card was charged */
      total: components['schemas']['Money'];
      /** @description contained in what was due, not added to it */
      tax: {
        name: string;
        ratePercent: number | null;
        amount: components['schemas']['Money'];
      }[];
      /** @description what was given back since, or is to be; the invoice itself never changes */
      amountRefunded: components['schemas']['Money'];
      /** @description what was paid for */
      period: {
        /** Format: date-time */
        startAt: string;
        /** Format: date-time */
        endAt: string;
      } | null;
      /** Format: date-time */
      chargedAt: string;
      /** Format: date-time */
      issuedAt: string;
      /** @description the gateway’s id of the charge */
      paymentReference: string | null;
    };
    OperationDetail: {
      /** @enum {string} */
      object: 'operation';
      id: string;
      version: number;
      /** @enum {string} */
      kind: 'subscribe' | 'change_plan' | 'cancel' | 'pause' | 'resume' | 'renew' | 'refund';
      /** @enum {string} */
      status: 'pending' | 'requires_action' | 'unknown' | 'needs_review' | 'succeeded' | 'failed' | 'canceled';
      /** @description paused, canceled: what became of a subscription instead of its renewal */
      result: ('created' | 'changed' | 'unchanged' | 'renewed' | 'paused' | 'canceled') | null;
      /**
       * @description whether the card was charged with the amount, whatever was given back later; of a refund, whether it still is
       * @enum {string}
       */
      charged: 'no' | 'yes' | 'unknown';
      userId: string;
      fromPlanId: string | null;
      toPlanId: string | null;
      /** @description of a refund: id of the operation whose payment it gives back */
      refundOf: string | null;
      /** @description how much of its payment is given back, counting what is under way; null where there is nothing to give back */
      refunded: {
        toCard: components['schemas']['Money'];
        toCredit: components['schemas']['Money'];
      } | null;
      /** @description what the gateway is asked for, or to give back; null where the operation concerns no money */
      amount: components['schemas']['Money'] | null;
      /** @description credit that pays a part of it: reserved while the operation is open, released where it fails */
      creditApplied: components['schemas']['Money'] | null;
      /** @description what becomes credit: with a change, what is left over of what was paid before; with a refund, what it gives back so */
      creditGranted: components['schemas']['Money'] | null;
      gateway: {
        name: string;
        reference: string | null;
        attempts: number;
      };
      recovery: {
        checks: number;
        nextCheckAt: string | null;
      };
      /** @description HTTP requests that share this operation */
      requests: number;
      /** @description the period that it pays for; known before it succeeds only of a renewal */
      period: {
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        startAt: string;
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        endAt: string;
      } | null;
      /** @description of a renewal: the change of plan that was to come with it and did not, so that the old plan was kept */
      droppedChange: {
        planId: string;
        /** @enum {string} */
        reason: 'plan-full';
      } | null;
      nextAction: {
        /** @enum {string} */
        type: 'redirect';
        url: string;
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        expiresAt: string;
      } | null;
      problem: components['schemas']['Problem'] | null;
      subscription?: components['schemas']['Subscription'] | null;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      updatedAt: string;
      settledAt: string | null;
      /**
       * Format: date-time
       * @description the service's clock when this was read: ages are counted from it
       */
      now: string;
      /** @description the mark of the charge at the gateway */
      reference: string;
      paymentMethod: string | null;
      /** @description the plan of which it holds a seat while it is open, and takes it when it succeeds */
      seatPlanId: string | null;
      timeline: {
        /** Format: date-time */
        at: string;
        type: string;
        data: {
          [key: string]: unknown;
        };
      }[];
      audit: components['schemas']['AuditEntry'][];
      notes: {
        /** Format: date-time */
        at: string;
        author: string;
        text: string;
      }[];
      actions: {
        name: string;
        enabled: boolean;
        disabledReason: string | null;
      }[];
    };
    AuditEntry: {
      id: string;
      /** Format: date-time */
      at: string;
      actor: string;
      action: string;
      object: string;
      reason: string;
      before: unknown;
      after: unknown;
      requestId: string;
    };
    /**
     * @example {
     *       "reason": "the customer called, ticket 4711"
     *     }
     */
    ActRequest: {
      /** @description why, for the audit */
      reason: string;
    };
    NoteRequest: {
      /** @description why, for the audit */
      text: string;
    };
    ResolveRequest: {
      /**
       * @description whether the customer is charged; of a refund, whether they still are
       * @enum {string}
       */
      outcome: 'charged' | 'not_charged';
      gatewayReference?: string;
      /** @description why, for the audit */
      reason: string;
    };
    /**
     * @example {
     *       "amount": {
     *         "amount": 500,
     *         "currency": "USD"
     *       },
     *       "to": "card",
     *       "reason": "an apology for the outage"
     *     }
     */
    RefundRequest: {
      /** @description left out for all that is left */
      amount?: components['schemas']['PositiveMoney'];
      /**
       * @description where the money goes: back to the card that paid, or into the credit of the user
       * @default card
       * @enum {string}
       */
      to: 'card' | 'credit';
      /** @description why, for the audit */
      reason: string;
    };
    ListedPlan: {
      id: string;
      name: string;
      price: components['schemas']['Money'];
      /** @enum {string} */
      interval: 'month' | 'year';
      trialDays: number;
      family: string | null;
      seats: {
        capacity: number;
        taken: number;
        held: number;
        left: number;
      } | null;
      features: string[];
      /** @description the ETag; moves with every change of the plan, not with its seats */
      version: number;
      onSale: boolean;
      /** Format: date-time */
      createdAt: string;
      /** @description what is offered instead while it is full: of its family, with seats left, the nearest price first */
      alternatives: {
        planId: string;
        left: number | null;
        price: components['schemas']['Money'];
      }[];
    };
    CreatePlanRequest: {
      id: string;
      name: string;
      price: components['schemas']['Money'];
      /** @enum {string} */
      interval: 'month' | 'year';
      /** @default 0 */
      trialDays: number;
      /** @default null */
      family: string | null;
      /**
       * @description seats; null for no limit
       * @default null
       */
      capacity: number | null;
      /** @default [] */
      features: string[];
      /** @default true */
      onSale: boolean;
      /** @description why, for the audit */
      reason: string;
    };
    AdminPlan: {
      id: string;
      name: string;
      price: components['schemas']['Money'];
      /** @enum {string} */
      interval: 'month' | 'year';
      trialDays: number;
      family: string | null;
      seats: {
        capacity: number;
        taken: number;
        held: number;
        left: number;
      } | null;
      features: string[];
      /** @description the ETag; moves with every change of the plan, not with its seats */
      version: number;
      onSale: boolean;
      /** Format: date-time */
      createdAt: string;
    };
    UpdatePlanRequest: {
      name?: string;
      price?: components['schemas']['Money'];
      /** @enum {string} */
      interval?: 'month' | 'year';
      trialDays?: number;
      family?: string | null;
      /** @description seats; null for no limit */
      capacity?: number | null;
      features?: string[];
      onSale?: boolean;
      /** @description why, for the audit */
      reason: string;
    };
    /**
     * @example {
     *       "amount": {
     *         "amount": 500,
     *         "currency": "USD"
     *       },
     *       "reason": "an apology for the outage"
     *     }
     */
    GrantRequest: {
      amount: components['schemas']['CreditChange'];
      /** @description why, for the audit */
      reason: string;
    };
    CreditChange: {
      /** @description integer minor units: above zero they are given, below zero taken back */
      amount: number;
      currency: string;
    };
    CreditGrant: {
      /** @enum {string} */
      object: 'credit_entry';
      /** @description of the movement: both sides of a transfer see the same */
      id: string;
      amount: components['schemas']['SignedMoney'];
      /** @enum {string} */
      kind: 'grant' | 'take_back' | 'transfer' | 'applied' | 'released' | 'spent' | 'proration' | 'refund';
      /** @description the operation that it pays a part of, is left over from, or that gives back what was paid */
      operationId: string | null;
      /** @description of a transfer: who gave it or got it */
      counterpartUserId: string | null;
      /** Format: date-time */
      createdAt: string;
      userId: string;
      /** @description as they are now */
      credits: components['schemas']['Credits'];
    };
    UserDetail: {
      /** @enum {string} */
      object: 'user';
      id: string;
      /**
       * Format: date-time
       * @description the service's clock when this was read: ages are counted from it
       */
      now: string;
      subscription: components['schemas']['Subscription'] | null;
      openOperation: components['schemas']['Operation'] | null;
      /** @description whether somebody works for this user now; unknown while the store of leases cannot be reached */
      lease: {
        /** @enum {string} */
        state: 'held' | 'free' | 'unknown';
        holder: string | null;
        /** @description milliseconds since it was given; null where it does not say */
        heldForMs: number | null;
        ttlMs: number | null;
      };
      credits: components['schemas']['Credits'];
      /** @description the newest */
      creditEntries: components['schemas']['CreditEntry'][];
      /** @description the newest */
      operations: components['schemas']['Operation'][];
    };
    LeaseList: {
      /** @enum {string} */
      object: 'list';
      data: components['schemas']['Lease'][];
      nextCursor: string | null;
      /** @description there are more leases than these */
      more: boolean;
      /**
       * Format: date-time
       * @description the service's clock when this was read: ages are counted from it
       */
      now: string;
      /** @description open operations on which nobody is at work, the oldest first */
      withoutLease: {
        data: components['schemas']['OpenOperation'][];
        more: boolean;
      };
    };
    Lease: {
      /** @description the user that it is about */
      key: string;
      /** @description the process that has it, host:pid */
      holder: string;
      /** @description milliseconds since it was given; null where it does not say */
      heldForMs: number | null;
      /** @description milliseconds until it runs out, unless it is extended */
      ttlMs: number;
      /** @description null while it is not recorded yet, or over already */
      operation: components['schemas']['OpenOperation'] | null;
    };
    OpenOperation: {
      id: string;
      userId: string;
      /** @enum {string} */
      kind: 'subscribe' | 'change_plan' | 'cancel' | 'pause' | 'resume' | 'renew' | 'refund';
      /** @enum {string} */
      status: 'pending' | 'requires_action' | 'unknown' | 'needs_review' | 'succeeded' | 'failed' | 'canceled';
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
      /** @description when recovery looks at it */
      nextCheckAt: string | null;
    };
    Statistics: {
      /**
       * Format: date-time
       * @description the service's clock when this was read: ages are counted from it
       */
      now: string;
      /** @description all that are open; of those that are over, those that began within the last day */
      byStatus: {
        [key: string]: number;
      };
      openAges: {
        upToSeconds: number | null;
        count: number;
      }[];
      /**
       * Format: date-time
       * @description when outcomesPerMinute was read
       */
      lastHourAt: string;
      outcomesPerMinute: {
        /**
         * Format: date-time
         * @description RFC 3339, UTC
         */
        at: string;
        succeeded: number;
        failed: number;
        canceled: number;
      }[];
      gatewayLatencyMs: {
        calls: number;
        p50: number | null;
        p95: number | null;
        p99: number | null;
      };
      /** @description the same calls, by how long they took */
      gatewayLatencies: {
        upToMs: number | null;
        count: number;
      }[];
      /**
       * Format: date-time
       * @description when chargedTwice, duplicatesAbsorbed and what is over in byStatus were read
       */
      lastDayAt: string;
      /** @description payments of the last day beyond one of an operation, or of a subscription for the same period: always 0 */
      chargedTwice: number;
      /** @description requests that shared an operation of the last day instead of making one */
      duplicatesAbsorbed: number;
      oldestOpenAt: string | null;
    };
    System: {
      /** @enum {string} */
      object: 'system';
      /**
       * Format: date-time
       * @description the service's clock when this was read: ages are counted from it
       */
      now: string;
      /** @description how far the test clock was moved; 0 where cards are real */
      clockAheadSeconds: number;
      version: string;
      node: string;
      /** @description the process that answered, host:pid */
      process: string;
      /** @description what is not as it should be, in sentences */
      notes: string[];
      database: {
        /** @enum {string} */
        state: 'up' | 'degraded' | 'down' | 'unknown';
        version: string;
        /** @description milliseconds until it answered this time */
        answeredInMs: number;
        migrations: {
          applied: string[];
          pending: string[];
        };
      };
      leases: {
        /** @description redlock or postgres */
        keptIn: string;
        /** @enum {string} */
        state: 'up' | 'degraded' | 'down' | 'unknown';
        /** @description the Redis servers that keep them, each asked for itself */
        nodes: {
          address: string;
          version: string | null;
          answeredInMs: number | null;
          /** @description why it did not */
          why: string | null;
        }[];
      };
      /** @description by its latest calls, whichever process made them: it is never asked for its health */
      gateway: {
        name: string;
        /** @enum {string} */
        state: 'up' | 'degraded' | 'down' | 'unknown';
        calls: number;
        /** @description those without a definite answer */
        silent: number;
        lastCallAt: string | null;
        lastAnswered: boolean | null;
      };
      /** @description what the background roles have to do */
      chores: {
        /** @enum {string} */
        name: 'recovery' | 'gateway_events' | 'invoices' | 'renewals';
        /** @enum {string} */
        role: 'recovery' | 'renewals';
        /** @enum {string} */
        state: 'on_time' | 'behind';
        /** @description whether the process that answered has the role */
        doneHere: boolean;
        /** @description what has waited for longer than a minute, in all processes together; 1000 are counted */
        overdue: number;
        oldestAt: string | null;
      }[];
      /** @description of secrets only whether they are set */
      settings: {
        name: string;
        value: string;
      }[];
    };
    TestClock: {
      /** @enum {string} */
      object: 'test_clock';
      /**
       * Format: date-time
       * @description what time it is for the business
       */
      now: string;
      /** @description how far that is ahead of real time */
      aheadSeconds: number;
    };
    /**
     * @example {
     *       "by": "P31D"
     *     }
     */
    AdvanceClockRequest: {
      by?: string;
      /**
       * Format: date-time
       * @description a moment instead of a duration: asked for again, it moves nothing
       */
      to?: string;
    };
    MovedTestClock: {
      /** @enum {string} */
      object: 'test_clock';
      /**
       * Format: date-time
       * @description what time it is for the business
       */
      now: string;
      /** @description how far that is ahead of real time */
      aheadSeconds: number;
      /** Format: date-time */
      from: string;
      /**
       * Format: date-time
       * @description where it was to be moved; ask for this moment again where it is not settled
       */
      to: string;
      /** @description open operations whose check became due */
      operations: number;
      /** @description renewals that were recorded */
      renewals: number;
      /** @description the clock is there, and nothing is due by it */
      settled: boolean;
    };
    Shopper: {
      /** @enum {string} */
      object: 'shopper';
      userId: string;
      token: string;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      expiresAt: string;
    };
    StageCharges: {
      /** @enum {string} */
      object: 'list';
      data: components['schemas']['StageCharge'][];
    };
    StageCharge: {
      id: string;
      amount: components['schemas']['Money'];
      amountRefunded: components['schemas']['Money'];
      /** @description as the gateway calls it: succeeded is a charge that was made */
      status: string;
      /** @description made by an operation, under a key; false where it came from a naive click */
      isProtected: boolean;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      createdAt: string;
    };
    /**
     * @example {
     *       "planId": "pro",
     *       "paymentMethod": "pm_card_visa"
     *     }
     */
    NaiveClickRequest: {
      planId: string;
      paymentMethod: string;
    };
    NaiveClick: {
      /** @enum {string} */
      object: 'naive_click';
      /** @enum {string} */
      answer: 'charged' | 'declined' | 'no_answer' | 'requires_action';
    };
    /**
     * @example {
     *       "behaves": "pm_card_chargeDeclined"
     *     }
     */
    StageCardsRequest: {
      /** @description a test payment method, or null for what the card did at first */
      behaves: string | null;
    };
    StageCards: {
      /** @enum {string} */
      object: 'stage_cards';
      changed: boolean;
    };
    StageServer: {
      /** @enum {string} */
      object: 'stage_server';
      pid: number;
      /**
       * Format: date-time
       * @description RFC 3339, UTC
       */
      startedAt: string;
      /** @description whether somebody starts it again when it is killed */
      comesBack: boolean;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  onSalePlans: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['Plan'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  mineSubscription: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Subscription'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  putSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubscribeRequest'];
      };
    };
    responses: {
      /** @description Plan changed, or unchanged */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Subscribed and charged */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet, or the customer must authenticate */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  subscribeSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubscribeRequest'];
      };
    };
    responses: {
      /** @description Subscribed and charged */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet, or the customer must authenticate */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  changePlanSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubscribeRequest'];
      };
    };
    responses: {
      /** @description Plan changed, or unchanged */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet, or the customer must authenticate */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  previewSubscription: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PreviewRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Quote'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The plan has no seat left · There is a live subscription already */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such plan on sale · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CancelRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resumeSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PayRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  pauseSubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EmptyRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused · The subscription cannot be paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  paySubscription: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description wait=N (seconds, default 8, at most 30), respond-async, handling=strict */
        Prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PayRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet, or the customer must authenticate */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The same request is under way · There is a live subscription already · The plan has no seat left · The quote no longer holds · The subscription is paused · Nothing is due */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · There is no such plan on sale · A payment method is needed · The gateway does not know this payment method · The plans have different currencies */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · This process is stopping · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  putPaymentMethod: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PaymentMethodRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Subscription'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · The gateway does not know this payment method */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached · The service cannot work at the moment · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  oneOperations: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description It stands as If-None-Match says */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  mineOperations: {
    parameters: {
      query?: {
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['Operation'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  confirmOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EmptyRequest'];
      };
    };
    responses: {
      /** @description The operation is over */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The operation is still open */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation cannot be canceled now · Another operation of this user is under way */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EmptyRequest'];
      };
    };
    responses: {
      /** @description The operation is over */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The gateway did not say; the operation is still open */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation cannot be canceled now · Another operation of this user is under way */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  mineCredits: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Credits'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  entriesCredits: {
    parameters: {
      query?: {
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['CreditEntry'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  transferCredits: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the credits that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TransferRequest'];
      };
    };
    responses: {
      /** @description The credit has moved */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreditTransfer'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is not enough credit · The account cannot hold so much credit */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The credits are not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The service cannot work at the moment · Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  mineInvoices: {
    parameters: {
      query?: {
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['Invoice'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  oneInvoices: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Invoice'];
          'text/html': string;
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  mineEvents: {
    parameters: {
      query?: never;
      header?: {
        /** @description the id of the last event that was seen */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too much is under way · This process is stopping */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  receiveWebhooks: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        gateway: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Stored, now or before */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The signature does not fit */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAdminOperations: {
    parameters: {
      query?: {
        status?: string;
        kind?: string;
        userId?: string;
        planId?: string;
        gateway?: string;
        minAgeSeconds?: string;
        maxAgeSeconds?: string;
        createdAfter?: string;
        createdBefore?: string;
        stuck?: 'true' | 'false';
        /** @description any id: of an operation, a subscription, a user, a charge, or the Request-Id of what recorded, joined or acted on an operation */
        q?: string;
        sort?: 'createdAt' | '-createdAt';
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['Operation'][];
            nextCursor: string | null;
            /**
             * Format: date-time
             * @description the service's clock when this was read: ages are counted from it
             */
            now: string;
            /** @description how many there are of each status, whatever status is asked for; of those that are over among the newest `among` alone, unless null */
            facets: {
              status: {
                [key: string]: number;
              };
              among: number | null;
            };
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  oneAdminOperations: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OperationDetail'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  recoverAdminOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ActRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The operation is over */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelAdminOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ActRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The operation cannot be canceled now */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  noteAdminOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NoteRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resolveAdminOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ResolveRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The operation is not waiting for a person */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  refundAdminOperations: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the operation that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RefundRequest'];
      };
    };
    responses: {
      /** @description The refund, an operation of its own, is over */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The refund is recorded and still open: it is carried on by itself, or waits for a person */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The operation has nothing to give back · That is more than is left of the payment · The account cannot hold so much credit */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The operation is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAdminPlans: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['ListedPlan'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createAdminPlans: {
    parameters: {
      query?: never;
      header: {
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreatePlanRequest'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AdminPlan'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · A plan with this id exists */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  updateAdminPlans: {
    parameters: {
      query?: never;
      header: {
        /** @description the version of the plan that the caller saw, as an ETag */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdatePlanRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AdminPlan'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The capacity is below what is taken and held */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The plan is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  pauseAdminSubscriptions: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ActRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The subscription cannot be paused */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resumeAdminSubscriptions: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the subscription that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ActRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description Not settled yet, or the customer must authenticate */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment was declined */
      402: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing · There is no live subscription */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · The plan has no seat left */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The subscription is not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request · A payment method is needed */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The payment gateway could not be reached */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ofAdminCredits: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Credits'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  grantAdminCredits: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the credits that the caller saw */
        'If-Match'?: string;
        /** @description made once per press of the button and kept for every retry */
        'Idempotency-Key': string;
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['GrantRequest'];
      };
    };
    responses: {
      /** @description The entry that was made, with the credits as they are now */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreditGrant'];
        };
      };
      /** @description The Idempotency-Key header is missing · The Idempotency-Key header is malformed · The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another operation of this user is under way · There is not enough credit · The account cannot hold so much credit */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The credits are not what you saw */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description This key was used for another request */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAdminInvoices: {
    parameters: {
      query?: {
        userId?: string;
        year?: string;
        number?: string;
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['Invoice'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  oneAdminInvoices: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Invoice'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  oneAdminUsers: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['UserDetail'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  entriesAdminUsers: {
    parameters: {
      query?: {
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['CreditEntry'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  liveAdminLeases: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LeaseList'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The service cannot work at the moment */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  allAdminEvents: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too much is under way · This process is stopping */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  figuresInsight: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Statistics'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  partsInsight: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['System'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAudit: {
    parameters: {
      query?: {
        object?: string;
        actor?: string;
        action?: string;
        limit?: string;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            object: 'list';
            data: components['schemas']['AuditEntry'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  aliveHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'alive';
          };
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  readyHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ready' | 'degraded' | 'not ready' | 'stopping';
            parts: {
              [key: string]: 'up' | 'degraded' | 'down';
            };
            notes: string[];
          };
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It cannot, or is stopping */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @enum {string} */
            status: 'ready' | 'degraded' | 'not ready' | 'stopping';
            parts: {
              [key: string]: 'up' | 'degraded' | 'down';
            };
            notes: string[];
          };
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  prometheusHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': unknown;
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  readTestClock: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TestClock'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  advanceTestClock: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AdvanceClockRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovedTestClock'];
        };
      };
      /** @description Not there yet, or something is still due: ask for the same moment again */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovedTestClock'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the role for this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The clock cannot be moved */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  newShopperStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Shopper'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  chargesStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StageCharges'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  clickNaivelyStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NaiveClickRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NaiveClick'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such plan on sale */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cardsStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['StageCardsRequest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StageCards'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  monthStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovedTestClock'];
        };
      };
      /** @description Something is still due */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovedTestClock'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The clock cannot be moved */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too much is under way */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  serverStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StageServer'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  killStage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StageServer'];
        };
      };
      /** @description A valid bearer token is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Nobody would start the service again */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Any other refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
