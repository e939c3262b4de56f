import { Agent, request } from 'node:http';
import { issueToken } from '../../src/api/token.js';
import { newKey, newUser } from '../kit/names.js';

/** Servers that these clients press at believe tokens signed with it. */
export const SECRET = 'a secret of the clients that press, long enough for HS256';

/** What a client saw of one request: an answer, or a connection that ended without one. */
export type Seen = { answered: true; status: number; code: string | null; closes: boolean } | { answered: false; error: string };

export interface Press {
  token: string;
  user: string;
  key: string;
}

export async function newPress(): Promise<Press> {
  const user = newUser();
  const token = await issueToken({ secret: SECRET, userId: user, roles: [], issuer: null, audience: null, ttlSeconds: 3_600 });
  return { user, key: newKey(), token };
}

/** A client with one connection, which it keeps as long as the server does. It repeats nothing by itself. */
export class Browser {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Presses subscribe once. Never rejects. */
  press(url: string, { key, token }: Press): Promise<Seen> {
    const body = JSON.stringify({ planId: 'pro', paymentMethod: 'pm_card_visa' });
    const { hostname, port } = new URL(url);
    return new Promise((seen) => {
      const asked = request({
        hostname,
        port,
        agent: this.agent,
        method: 'PUT',
        path: '/v1/me/subscription',
        headers: {
          authorization: `Bearer ${token}`,
          'idempotency-key': key,
          'content-type': 'application/json',
          'content-length': body.length,
          // Longer than a busy machine needs: who is answered while the charge is under way learns nothing of its end.
          prefer: 'wait=20',
        },
      });
      const cut = (error: Error & { code?: string }): void => seen({ answered: false, error: error.code ?? error.message });
      asked.on('error', cut);
      asked.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('error', cut);
        response.on('end', () => {
          const { code = null } = JSON.parse(text) as { code?: string };
          seen({ answered: true, status: response.statusCode ?? 0, code, closes: response.headers.connection === 'close' });
        });
      });
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
