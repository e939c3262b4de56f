import { once } from 'node:events';
import http, { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a gateway can fail to give an answer that can be used. Each is played on a real connection. */
export const ANSWERS = {
  'no answer at all': () => undefined,
  'a connection that is reset': (_request, response) => void response.socket?.resetAndDestroy(),
  'a 500 of its own': (_request, response) => json(response, 500, { error: { type: 'api_error', message: 'An error occurred.' } }),
  'a 502 of something in between': (_request, response) => text(response, 502, '<html><h1>502 Bad Gateway</h1></html>'),
  'a 503 without a body': (_request, response) => text(response, 503, ''),
  'a 200 with half a body': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"object":"payment_intent","id":"pi_', () => response.socket?.destroy());
  },
  'a 200 that is no JSON': (_request, response) => text(response, 200, 'OK'),
  'a 200 about something else': (_request, response) => json(response, 200, { object: 'balance', livemode: false }),
  'a 200 about the charge of somebody else': (_request, response) =>
    json(response, 200, {
      object: 'payment_intent',
      id: 'pi_of_somebody_else',
      amount: 1,
      currency: 'usd',
      status: 'succeeded',
      metadata: {},
    }),
  'a 200 whose body never ends': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const dripping = setInterval(() => response.write(' '), DRIP_MS);
    response.on('close', () => clearInterval(dripping));
  },
  'a 429': (_request, response) =>
    json(
      response,
      429,
      { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } },
      { 'retry-after': '7' },
    ),
  'a 401 for our key': (_request, response) =>
    json(response, 401, { error: { type: 'invalid_request_error', message: 'Invalid API Key provided.' } }),
} as const satisfies Record<string, (request: IncomingMessage, response: ServerResponse) => void>;

export type BadAnswer = keyof typeof ANSWERS;
/** Whether the gateway has done what it was asked for when the answer goes wrong. */
export type When = 'before' | 'after';

interface Armed {
  path: string;
  answer: BadAnswer;
  when: When;
}

const DRIP_MS = 20;

/** Stands between the service and the gateway, passes everything on, and spoils the answer to the next request to a path when it is told to. */
export class Middleman {
  private armed: Armed | null = null;
  private readonly server: Server;
  /** How many answers were spoilt. */
  spoilt = 0;

  constructor(private readonly upstream: string) {
    this.server = createServer((request, response) => void this.pass(request, response).catch(() => response.destroy()));
  }

  async listen(): Promise<number> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Meets the next POST to `path`, once. */
  spoil(path: string, answer: BadAnswer, when: When): void {
    this.armed = { path, answer, when };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const { armed } = this;
    const meets = armed !== null && request.method === 'POST' && request.url === armed.path;
    if (meets) {
      this.armed = null;
      this.spoilt += 1;
      if (armed.when === 'after') await this.ask(request, body);
      return ANSWERS[armed.answer](request, response);
    }
    const answer = await this.ask(request, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private async ask({ method, url, headers }: IncomingMessage, body: Buffer) {
    const asked = http.request(`${this.upstream}${url}`, { method, headers });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await read(answer) };
  }
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(body);
}
