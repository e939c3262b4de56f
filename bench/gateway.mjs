import { createServer } from 'node:http';

/**
 * A gateway that answers each charge at once, as Stripe answers a payment intent that is created and confirmed in one request. It keeps nothing but
 * the idempotency keys it has seen, so that it costs little beside what is measured. Over IPC: how long to take, and how many charges it made.
 */
const DELAY_MS = Number(process.argv[2] ?? 0);
const charges = new Map();

const server = createServer((request, response) => {
  let form = '';
  request.on('data', (chunk) => (form += chunk));
  request.on('end', () => {
    const key = request.headers['idempotency-key'];
    if (!charges.has(key)) charges.set(key, `pi_bench_${charges.size + 1}`);
    const answer = JSON.stringify(intent(charges.get(key), new URLSearchParams(form)));
    const send = () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
    if (DELAY_MS > 0) setTimeout(send, DELAY_MS);
    else send();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('message', () => process.send({ charges: charges.size }));
process.on('disconnect', () => process.exit(0));

function intent(id, form) {
  const amount = Number(form.get('amount'));
  return {
    object: 'payment_intent',
    id,
    status: 'succeeded',
    amount,
    amount_received: amount,
    currency: form.get('currency'),
    metadata: { reference: form.get('metadata[reference]') },
  };
}
