import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type Stripe from 'stripe';
import type { Deadline } from './deadline.js';

/** A page of a hundred payment intents is about 0.4 MB; a body beyond this is no answer of Stripe's and must not fill the memory. */
const MAX_BODY_BYTES = 1_048_576;
/** Below the 5 s after which common proxies close an idle connection: a request that meets such a closing ends as `unknown`. */
const MAX_IDLE_SOCKET_MS = 4_000;
/** As many as there may be requests in flight; more would only queue at Stripe's rate limit. */
const MAX_SOCKETS = 256;

/** Only moves forward. `sent` means that bytes of the request may have left this machine. */
export type Stage = 'connecting' | 'handshaking' | 'sent';

/** What was seen of one call, by which its outcome is judged. */
export interface Exchange {
  readonly deadline: Deadline;
  readonly traceparent: string | undefined;
  stage: Stage;
  httpStatus?: number;
  requestId?: string;
  retryAfter?: string;
  /** The last failure below HTTP: no complete, well-formed answer came. */
  failure?: unknown;
}

/** What makes a call of the library one within an exchange. */
export type WithinExchange = Required<Pick<Stripe.RequestOptions, 'authenticator'>>;

/**
 * The HTTP client under the official library. It exists for three things that the library's own cannot give: it aborts with
 * the caller's signal, it knows whether a request can have left the machine, and its errors carry no code, because the library
 * sends again on its own when it reads ECONNRESET or EPIPE, even with `maxNetworkRetries: 0`.
 */
export class StripeTransport implements Stripe.HttpClient {
  readonly #authorization: string;
  readonly #exchanges = new WeakMap<object, Exchange>();
  readonly #agents = { http: new http.Agent(AGENT_OPTIONS), https: new https.Agent(AGENT_OPTIONS) };

  constructor(apiKey: string) {
    this.#authorization = `Bearer ${apiKey}`;
  }

  /**
   * The options of a call that is to use this exchange. The library hands nothing of ours through to its HTTP client but the object of headers, which a call's
   * own authenticator sees just before: by that object the exchange is found again.
   */
  within(exchange: Exchange): WithinExchange {
    const authenticator: WithinExchange['authenticator'] = async ({ headers }) => {
      headers['Authorization'] = this.#authorization;
      this.#exchanges.set(headers, exchange);
    };
    return { authenticator };
  }

  getClientName(): string {
    return 'node';
  }

  /** Rejects and never throws: what is thrown here reaches nobody in the library and would end the process. */
  async makeRequest(
    host: string,
    port: string,
    path: string,
    method: string,
    headers: object,
    requestData: string,
    protocol: string,
  ): Promise<Stripe.HttpClientResponse> {
    const exchange = this.#exchanges.get(headers);
    if (!exchange) throw new Error('A request to the gateway outside of an exchange');
    const secure = protocol === 'https';
    let takeBack: (() => void) | undefined;
    try {
      const options = { host, port, path, method, headers: outgoing(headers, exchange) };
      const request = secure
        ? https.request({ ...options, agent: this.#agents.https })
        : http.request({ ...options, agent: this.#agents.http });
      follow(request, secure, exchange);
      takeBack = exchange.deadline.onPassed((why) => request.destroy(why));
      const response = await answerTo(request, requestData);
      exchange.httpStatus = response.statusCode ?? 0;
      exchange.requestId = one(response.headers['request-id']);
      exchange.retryAfter = one(response.headers['retry-after']);
      return new Answer(response, await readCapped(response));
    } catch (error) {
      exchange.failure = error;
      throw new Error('The exchange with the gateway failed', { cause: error });
    } finally {
      takeBack?.();
    }
  }

  /** Closes idle connections; calls under way are left to their deadline. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

const AGENT_OPTIONS = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE_SOCKET_MS, scheduling: 'lifo' } as const;

function outgoing(headers: object, exchange: Exchange): http.OutgoingHttpHeaders {
  return exchange.traceparent === undefined ? { ...headers } : { ...headers, traceparent: exchange.traceparent };
}

/** Node writes nothing of a request before its connection stands, so the stage proves what a failure's code alone cannot. */
function follow(request: http.ClientRequest, secure: boolean, exchange: Exchange): void {
  const sent = () => (exchange.stage = 'sent');
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket || !socket.connecting) return void sent();
    socket.once(secure ? 'secureConnect' : 'connect', sent);
    if (secure) socket.once('connect', () => (exchange.stage = exchange.stage === 'sent' ? 'sent' : 'handshaking'));
  });
}

function answerTo(request: http.ClientRequest, body: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function readCapped(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > MAX_BODY_BYTES) response.destroy(new Error(`The gateway's answer is longer than ${MAX_BODY_BYTES} bytes`));
    });
    // Node destroys an answer that ends before it is complete, with an error.
    response.on('error', reject).on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

function one(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? '';
}

/** A complete answer, as the library wants to read it. */
class Answer implements Stripe.HttpClientResponse {
  constructor(
    private readonly response: http.IncomingMessage,
    private readonly body: string,
  ) {}

  getStatusCode(): number {
    return this.response.statusCode ?? 0;
  }

  getHeaders(): Record<string, string> {
    return this.response.headers as Record<string, string>;
  }

  /** The library writes members onto it, so it is an object of its own. */
  getRawResponse(): object {
    return {};
  }

  /** Refuses JSON that is no object: the library sets a property on it, outside of every handler of errors. */
  async toJSON(): Promise<object> {
    const parsed: unknown = JSON.parse(this.body);
    if (typeof parsed !== 'object' || parsed === null) throw new Error('The answer is not a JSON object');
    return parsed;
  }

  toStream(whenRead: () => void): unknown {
    this.response.once('end', whenRead);
    return this.response;
  }
}
