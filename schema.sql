create table audit (
  number bigint not null,
  id uuid not null,
  at timestamp with time zone default service_now() not null,
  actor text not null,
  actor_roles jsonb not null,
  action text not null,
  object text not null,
  reason text not null,
  before jsonb,
  after jsonb,
  request_id text not null,
  previous_hash text not null,
  hash text not null,
  constraint audit_id_key UNIQUE (id),
  constraint audit_pkey PRIMARY KEY (number)
);

create table credit_accounts (
  user_id text not null,
  currency text not null,
  balance bigint default 0 not null,
  reserved bigint default 0 not null,
  version integer default 1 not null,
  constraint credit_accounts_pkey PRIMARY KEY (user_id, currency),
  constraint credit_accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint credit_never_below_zero CHECK (((balance >= 0) AND (reserved >= 0)))
);

create table credit_entries (
  movement_id uuid not null,
  user_id text not null,
  account text not null,
  currency text not null,
  amount bigint not null,
  kind text not null,
  operation_id uuid,
  created_at timestamp with time zone default service_now() not null,
  constraint credit_movement_balances TRIGGER DEFERRABLE INITIALLY DEFERRED,
  constraint credit_entries_pkey PRIMARY KEY (movement_id, user_id, account),
  constraint credit_entries_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operations(id),
  constraint credit_entries_user_id_currency_fkey FOREIGN KEY (user_id, currency) REFERENCES credit_accounts(user_id, currency),
  constraint credit_entries_account_check CHECK ((account = ANY (ARRAY['credit'::text, 'reserved'::text, 'revenue'::text, 'promotion'::text]))),
  constraint credit_entries_amount_check CHECK ((amount <> 0)),
  constraint credit_entries_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'take_back'::text, 'transfer'::text, 'applied'::text, 'released'::text, 'spent'::text, 'proration'::text, 'refund'::text])))
);

create table customers (
  user_id text not null,
  gateway text not null,
  customer text not null,
  created_at timestamp with time zone default service_now() not null,
  constraint one_customer_per_user PRIMARY KEY (user_id, gateway)
);

create table event_cursors (
  user_id text not null,
  last bigint not null,
  constraint event_cursors_pkey PRIMARY KEY (user_id)
);

create table events (
  user_id text not null,
  number bigint not null,
  type text not null,
  data json not null,
  created_at timestamp with time zone default now() not null,
  constraint events_pkey PRIMARY KEY (user_id, number),
  constraint events_type_check CHECK ((type = ANY (ARRAY['operation.updated'::text, 'subscription.updated'::text, 'credits.updated'::text])))
);

create table gateway_events (
  gateway text not null,
  event_id text not null,
  type text not null,
  reference text,
  gateway_reference text,
  received_at timestamp with time zone default now() not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone default now(),
  outcome text,
  constraint gateway_events_pkey PRIMARY KEY (gateway, event_id)
);

create table invoice_counters (
  year integer not null,
  last integer not null,
  constraint invoice_counters_pkey PRIMARY KEY (year),
  constraint invoice_counters_last_check CHECK ((last > 0))
);

create table invoices (
  id uuid not null,
  year integer not null,
  sequence integer not null,
  number text generated always as ((((year)::text || '-'::text) || lpad((sequence)::text, GREATEST(6, length((sequence)::text)), '0'::text))) stored not null,
  user_id text not null,
  operation_id uuid not null,
  plan_id text,
  currency text not null,
  subtotal bigint not null,
  credit_applied bigint not null,
  total bigint not null,
  lines jsonb not null,
  tax jsonb not null,
  period_start timestamp with time zone,
  period_end timestamp with time zone,
  gateway text not null,
  gateway_reference text,
  charged_at timestamp with time zone not null,
  issued_at timestamp with time zone default service_now() not null,
  constraint one_invoice_per_number UNIQUE (year, sequence),
  constraint one_invoice_per_operation UNIQUE (operation_id),
  constraint invoices_pkey PRIMARY KEY (id),
  constraint invoices_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operations(id),
  constraint invoices_credit_applied_check CHECK ((credit_applied >= 0)),
  constraint invoices_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint invoices_sequence_check CHECK ((sequence > 0)),
  constraint invoices_subtotal_check CHECK ((subtotal > 0)),
  constraint invoices_total_check CHECK ((total >= 0)),
  constraint numbered_in_the_year_of_the_charge CHECK (((year)::numeric = EXTRACT(year FROM (charged_at AT TIME ZONE 'UTC'::text)))),
  constraint periods_are_whole CHECK ((((period_start IS NULL) = (period_end IS NULL)) AND (period_start < period_end))),
  constraint totals_add_up CHECK ((total = (subtotal - credit_applied)))
);

create table leases (
  key text not null,
  holder text not null,
  token uuid not null,
  expires_at timestamp with time zone not null,
  constraint leases_pkey PRIMARY KEY (key)
);

create table operation_keys (
  user_id text not null,
  idempotency_key text not null,
  operation_id uuid,
  movement_id uuid,
  fingerprint text not null,
  created_at timestamp with time zone default service_now() not null,
  constraint one_meaning_per_key PRIMARY KEY (user_id, idempotency_key),
  constraint operation_keys_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operations(id)
);

create table operations (
  id uuid not null,
  version integer default 1 not null,
  fence integer default 1 not null,
  user_id text not null,
  turn integer,
  kind text not null,
  status text not null,
  result text,
  intent text not null,
  reference text not null,
  from_plan_id text,
  to_plan_id text,
  seat_plan_id text,
  subscription_id uuid,
  amount bigint not null,
  credit_applied bigint default 0 not null,
  credit_granted bigint default 0 not null,
  refunded_to_card bigint default 0 not null,
  refunded_to_credit bigint default 0 not null,
  currency text,
  period_start timestamp with time zone,
  refunds_operation_id uuid,
  payment_method text,
  terms jsonb not null,
  gateway text not null,
  gateway_reference text,
  attempts integer default 0 not null,
  checks integer default 0 not null,
  requests integer default 1 not null,
  next_check_at timestamp with time zone,
  next_action jsonb,
  problem jsonb,
  timeline jsonb not null,
  traceparent text,
  created_at timestamp with time zone default service_now() not null,
  updated_at timestamp with time zone default service_now() not null,
  settled_at timestamp with time zone,
  invoiced boolean default false not null,
  constraint one_operation_per_reference UNIQUE (reference),
  constraint one_operation_per_turn UNIQUE (user_id, turn),
  constraint operations_pkey PRIMARY KEY (id),
  constraint operations_refunds_operation_id_fkey FOREIGN KEY (refunds_operation_id) REFERENCES operations(id),
  constraint operations_seat_plan_id_fkey FOREIGN KEY (seat_plan_id) REFERENCES plans(id),
  constraint operations_amount_check CHECK ((amount >= 0)),
  constraint operations_credit_applied_check CHECK ((credit_applied >= 0)),
  constraint operations_credit_granted_check CHECK ((credit_granted >= 0)),
  constraint operations_kind_check CHECK ((kind = ANY (ARRAY['subscribe'::text, 'change_plan'::text, 'cancel'::text, 'pause'::text, 'resume'::text, 'renew'::text, 'refund'::text]))),
  constraint operations_result_check CHECK ((result = ANY (ARRAY['created'::text, 'changed'::text, 'unchanged'::text, 'renewed'::text, 'paused'::text, 'canceled'::text]))),
  constraint operations_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'unknown'::text, 'needs_review'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text]))),
  constraint refunds_alone_take_no_turn CHECK ((((kind = 'refund'::text) = (turn IS NULL)) AND ((kind = 'refund'::text) = (refunds_operation_id IS NOT NULL)))),
  constraint refunds_within_payment CHECK ((((refunded_to_card >= 0) AND (refunded_to_card <= amount)) AND (refunded_to_credit >= 0) AND ((refunded_to_card + refunded_to_credit) <= (amount + credit_applied)))),
  constraint renewals_name_their_period CHECK (((kind = 'renew'::text) = (period_start IS NOT NULL)))
);

create table plans (
  id text not null,
  version integer default 1 not null,
  name text not null,
  price_amount bigint not null,
  price_currency text not null,
  "interval" text not null,
  trial_days integer default 0 not null,
  family text,
  capacity integer,
  seats_held integer default 0 not null,
  seats_taken integer default 0 not null,
  features jsonb default '[]'::jsonb not null,
  on_sale boolean default true not null,
  created_at timestamp with time zone default service_now() not null,
  updated_at timestamp with time zone default service_now() not null,
  constraint plans_pkey PRIMARY KEY (id),
  constraint plans_capacity_check CHECK ((capacity >= 0)),
  constraint plans_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)),
  constraint plans_interval_check CHECK (("interval" = ANY (ARRAY['month'::text, 'year'::text]))),
  constraint plans_price_amount_check CHECK ((price_amount >= 0)),
  constraint plans_price_currency_check CHECK ((price_currency ~ '^[A-Z]{3}$'::text)),
  constraint plans_seats_held_check CHECK ((seats_held >= 0)),
  constraint plans_seats_taken_check CHECK ((seats_taken >= 0)),
  constraint plans_trial_days_check CHECK (((trial_days >= 0) AND (trial_days <= 730))),
  constraint seats_within_capacity CHECK (((capacity IS NULL) OR ((seats_held + seats_taken) <= capacity)))
);

create table quotes (
  id uuid not null,
  user_id text not null,
  kind text not null,
  asked text not null,
  effective text,
  plan_id text not null,
  plan_version integer not null,
  subscription_id uuid,
  subscription_version integer,
  lines jsonb not null,
  due bigint not null,
  credit_applied bigint default 0 not null,
  currency text not null,
  next jsonb not null,
  seats_left integer,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint quotes_pkey PRIMARY KEY (id),
  constraint quotes_credit_applied_check CHECK ((credit_applied >= 0)),
  constraint quotes_due_check CHECK ((due >= 0)),
  constraint quotes_effective_check CHECK ((effective = ANY (ARRAY['now'::text, 'period_end'::text]))),
  constraint quotes_kind_check CHECK ((kind = ANY (ARRAY['subscribe'::text, 'change_plan'::text])))
);

create table subscriptions (
  id uuid not null,
  version integer default 1 not null,
  user_id text not null,
  plan_id text not null,
  seated boolean not null,
  status text not null,
  price_amount bigint not null,
  price_currency text not null,
  "interval" text not null,
  period_start timestamp with time zone not null,
  period_end timestamp with time zone not null,
  anchor_day smallint not null,
  cancel_at_period_end boolean default false not null,
  pending_change jsonb,
  payment_method text,
  customer text,
  next_at timestamp with time zone,
  claimed_until timestamp with time zone,
  renewal_attempts integer default 0 not null,
  past_due jsonb,
  created_at timestamp with time zone default service_now() not null,
  updated_at timestamp with time zone default service_now() not null,
  canceled_at timestamp with time zone,
  constraint subscriptions_pkey PRIMARY KEY (id),
  constraint subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id),
  constraint idle_hold_no_seat CHECK (((NOT seated) OR (status <> ALL (ARRAY['paused'::text, 'canceled'::text])))),
  constraint nothing_due_of_the_idle CHECK (((next_at IS NULL) OR (status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text])))),
  constraint subscriptions_anchor_day_check CHECK (((anchor_day >= 1) AND (anchor_day <= 31))),
  constraint subscriptions_check CHECK ((period_start < period_end)),
  constraint subscriptions_status_check CHECK ((status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'canceled'::text])))
);

CREATE INDEX audit_of_object ON public.audit USING btree (object, number);

CREATE INDEX credit_entries_of_user ON public.credit_entries USING btree (user_id, account, movement_id);

CREATE INDEX events_by_age ON public.events USING brin (created_at);

CREATE INDEX gateway_events_due ON public.gateway_events USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX gateway_events_of_reference ON public.gateway_events USING btree (reference);

CREATE INDEX invoices_of_user ON public.invoices USING btree (user_id, id);

CREATE UNIQUE INDEX one_credit_entry_per_operation ON public.credit_entries USING btree (operation_id, kind, account) WHERE (operation_id IS NOT NULL);

CREATE UNIQUE INDEX one_live_subscription_per_user ON public.subscriptions USING btree (user_id) WHERE (status <> 'canceled'::text);

CREATE UNIQUE INDEX one_open_operation_per_user ON public.operations USING btree (user_id) WHERE ((status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'unknown'::text, 'needs_review'::text])) AND (kind <> 'refund'::text));

CREATE UNIQUE INDEX one_renewal_per_period ON public.operations USING btree (subscription_id, period_start) WHERE ((kind = 'renew'::text) AND (status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'unknown'::text, 'needs_review'::text, 'succeeded'::text])));

CREATE INDEX operation_keys_by_age ON public.operation_keys USING btree (created_at);

CREATE INDEX operations_at_gateway ON public.operations USING btree (gateway_reference) WHERE (gateway_reference IS NOT NULL);

CREATE INDEX operations_by_end ON public.operations USING brin (settled_at) WITH (autosummarize='on');

CREATE INDEX operations_due ON public.operations USING btree (next_check_at) WHERE (status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'unknown'::text, 'needs_review'::text]));

CREATE INDEX operations_to_invoice ON public.operations USING btree (settled_at, id) WHERE ((status = 'succeeded'::text) AND (kind <> 'refund'::text) AND (NOT invoiced) AND ((amount + credit_applied) > 0));

CREATE INDEX operations_without_success ON public.operations USING btree (status, id) WHERE (status = ANY (ARRAY['failed'::text, 'canceled'::text]));

CREATE INDEX quotes_of_user ON public.quotes USING btree (user_id);

CREATE INDEX subscriptions_due ON public.subscriptions USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX subscriptions_of_user ON public.subscriptions USING btree (user_id);

CREATE INDEX subscriptions_seated ON public.subscriptions USING btree (plan_id) WHERE (seated AND (status <> 'canceled'::text));

CREATE INDEX subscriptions_with_card_to_keep ON public.subscriptions USING btree (id) WHERE ((payment_method IS NOT NULL) AND (customer IS NULL) AND (status <> 'canceled'::text));

CREATE OR REPLACE FUNCTION public.audit_chain()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    declare last record;
    begin
      perform pg_advisory_xact_lock(hashtext('counterfoil.audit'));
      select number, hash into last from audit order by number desc limit 1;
      new.number := coalesce(last.number, 0) + 1;
      new.previous_hash := coalesce(last.hash, '');
      new.hash := encode(sha256(convert_to(jsonb_build_array(new.previous_hash, new.number, new.id, extract(epoch from new.at), new.actor,
        new.actor_roles, new.action, new.object, new.reason, new.before, new.after, new.request_id)::text, 'UTF8')), 'hex');
      return new;
    end $function$;

CREATE OR REPLACE FUNCTION public.audit_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin raise exception 'the audit is append-only'; end $function$;

CREATE OR REPLACE FUNCTION public.credit_entries_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin raise exception 'credit entries are append-only'; end $function$;

CREATE OR REPLACE FUNCTION public.credit_movement_balances()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if exists (select from credit_entries where movement_id = new.movement_id having sum(amount) <> 0 or count(distinct currency) > 1) then
        raise exception 'the entries of movement % do not sum to zero', new.movement_id using errcode = 'check_violation';
      end if;
      return null;
    end $function$;

CREATE OR REPLACE FUNCTION public.invoices_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin raise exception 'invoices are append-only'; end $function$;

CREATE OR REPLACE FUNCTION public.service_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$select now()$function$;

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_chain BEFORE INSERT ON public.audit FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER credit_entries_append_only BEFORE DELETE OR UPDATE ON public.credit_entries FOR EACH ROW EXECUTE FUNCTION credit_entries_refuse();

CREATE TRIGGER credit_entries_never_emptied BEFORE TRUNCATE ON public.credit_entries FOR EACH STATEMENT EXECUTE FUNCTION credit_entries_refuse();

CREATE CONSTRAINT TRIGGER credit_movement_balances AFTER INSERT ON public.credit_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_movement_balances();

CREATE TRIGGER invoices_append_only BEFORE DELETE OR UPDATE ON public.invoices FOR EACH ROW EXECUTE FUNCTION invoices_refuse();

CREATE TRIGGER invoices_never_emptied BEFORE TRUNCATE ON public.invoices FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse();
