import type { FastifyInstance } from 'fastify';
import { changesAfter } from './cards.js';
import { Form } from './form.js';
import { intentNamed } from './intent-verbs.js';
import { authenticated } from './intents.js';
import type { Intent } from './records.js';
import { invalidRequest } from './stripe-error.js';
import type { Room } from './verbs.js';
import type { Webhooks } from './webhooks.js';

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Type': 'text/html; charset=utf-8',
  // No form-action: browsers apply it to the redirect back to the shop as well.
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Stands in for the bank's page of 3-D Secure. Whoever knows the intent's id may decide, as in Stripe's own test page. */
export function mountAuthenticationPage(app: FastifyInstance, { state, views, now }: Room, webhooks: Webhooks): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  app.get<{ Params: { id: string } }>('/sandbox/3ds/:id', (request, reply) => {
    void reply.headers(HEADERS).send(page(intentNamed(request.params.id, state)));
  });

  app.post<{ Params: { id: string } }>('/sandbox/3ds/:id', (request, reply) => {
    const decision = new Form(typeof request.body === 'string' ? request.body : '').oneOf('decision', ['approve', 'deny']);
    if (decision === null) throw invalidRequest('decision is approve or deny.', { param: 'decision' });
    let intent = intentNamed(request.params.id, state);
    const moved = authenticated(intent, decision === 'approve', now());
    if (moved !== undefined) {
      ({ intent } = moved);
      state.commit(changesAfter(intent, state));
      if (moved.event !== null) webhooks.send(moved.event, null, null);
    }
    // A second press finds nothing to decide and is led the same way.
    void reply.redirect(returnUrlOf(intent) ?? `${views.publicUrl}/sandbox/3ds/${intent.id}`, 303);
  });
}

/** With the parameters that Stripe adds when it sends the customer back. */
function returnUrlOf(intent: Intent): string | null {
  if (intent.returnUrl === null) return null;
  const url = new URL(intent.returnUrl);
  url.searchParams.set('payment_intent', intent.id);
  url.searchParams.set('payment_intent_client_secret', intent.clientSecret);
  url.searchParams.set('redirect_status', intent.status === 'succeeded' ? 'succeeded' : 'failed');
  return url.href;
}

function page(intent: Intent): string {
  const amount = new Intl.NumberFormat('en', { style: 'currency', currency: intent.currency });
  const digits = amount.resolvedOptions().maximumFractionDigits ?? 2;
  const price = amount.format(intent.amount / 10 ** digits);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Authenticate a payment (sandbox)</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="note">Sandbox: no money moves.</p>
<h1>Is this payment yours?</h1>
<p>${escaped(intent.description ?? 'A payment')}: <strong>${escaped(price)}</strong></p>
${intent.status === 'requires_action' ? FORM : settledPart(intent)}
</main>
</body>
</html>
`;
}

function settledPart(intent: Intent): string {
  const url = returnUrlOf(intent);
  const link = url === null ? '' : `\n<p><a href="${escaped(url)}">Back to the shop</a></p>`;
  return `<p role="status">There is nothing to decide any more: the payment is ${escaped(intent.status.replaceAll('_', ' '))}.</p>${link}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const FORM = `<form method="post">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" class="quiet">Deny</button>
</form>`;

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #f6f5f2; --card: #fff; --accent: #1f5f4a; --on-accent: #fff; --line: #77767a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf0; --paper: #141416; --card: #1f1f23; --accent: #8fd6b8; --on-accent: #0d2019; --line: #8f8e94; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(100%, 26rem); padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; }
.note { margin: 0 0 1rem; font-size: .875rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
button { flex: 1; min-height: 2.75rem; padding: 0 1rem; font: inherit; font-weight: 600; border: 1px solid var(--accent); border-radius: .5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--line); }
a { color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
