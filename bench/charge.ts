import { Agent, request } from 'node:http';
import { PRICE } from './door.js';

const TIMEOUT_MS = 20_000;
const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });

export interface Paid {
  id: string;
  status: string;
}

/** Calls the gateway, with a keep-alive agent. The reference is the key at the gateway, so that a charge which is sent again is not made again. */
export function charge(gateway: URL, reference: string, paymentMethod: string): Promise<Paid> {
  const form = chargeForm(reference, paymentMethod);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length, 'idempotency-key': reference };
  const { hostname, port } = gateway;
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, agent, method: 'POST', path: '/v1/payment_intents', headers, timeout: TIMEOUT_MS });
    asked.on('timeout', () => asked.destroy(new Error('The gateway said nothing')));
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as Paid);
        else reject(new Error(`The gateway answered ${response.statusCode}`));
      });
    });
    asked.end(form);
  });
}

export function chargeForm(reference: string, paymentMethod: string): string {
  return `amount=${PRICE.amount}&currency=${PRICE.currency}&payment_method=${encodeURIComponent(paymentMethod)}&confirm=true&metadata[reference]=${reference}`;
}
