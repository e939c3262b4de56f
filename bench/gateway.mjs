import { createServer } from 'node:http';

/**
 * A gateway that answers each charge at once, as Stripe answers a payment intent that is created and confirmed in one request, and keeps every card for
 * every customer. It remembers nothing but the idempotency keys it has seen, so that it costs little beside what is measured. Over IPC: how long to
 * take, and how many charges it made.
 */
const DELAY_MS = Number(process.argv[2] ?? 0);
const charges = new Map();

const server = createServer((request, response) => {
  let form = '';
  request.on('data', (chunk) => (form += chunk));
  request.on('end', () => {
    const answer = JSON.stringify(answerTo(request.url, request.headers['idempotency-key'], new URLSearchParams(form)));
    const send = () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
    if (DELAY_MS > 0) setTimeout(send, DELAY_MS);
    else send();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('message', () => process.send({ charges: charges.size }));
process.on('disconnect', () => process.exit(0));

/** A key names its customer without being kept: only charges are counted. */
function answerTo(path, key, form) {
  if (path === '/v1/customers') return { object: 'customer', id: `cus_${key.replace(/\W/g, '_')}` };
  const attached = /^\/v1\/payment_methods\/(\w+)\/attach$/.exec(path)?.[1];
  if (attached) return { object: 'payment_method', id: attached, customer: form.get('customer') };
  if (!charges.has(key)) charges.set(key, `pi_bench_${charges.size + 1}`);
  return intent(charges.get(key), form);
}

function intent(id, form) {
  const amount = Number(form.get('amount'));
  return {
    object: 'payment_intent',
    id,
    status: 'succeeded',
    amount,
    amount_received: amount,
    currency: form.get('currency'),
    payment_method: form.get('payment_method'),
    metadata: { reference: form.get('metadata[reference]') },
  };
}
