import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { StripeGateway } from '../../../src/gateways/stripe/stripe-gateway.js';
import { StripeTransport, type Exchange } from '../../../src/gateways/stripe/transport.js';
import { Deadline } from '../../../src/gateways/stripe/deadline.js';
import { CHARGE, gatewayTo, intent, patience } from './charges.js';

const KEY = 'sk_test_canary';

let server: http.Server;
let asked: http.IncomingHttpHeaders[];
let gateway: StripeGateway;

beforeEach(async () => {
  asked = [];
  server = http.createServer((request, response) => {
    asked.push(request.headers);
    request.resume().once('end', () => response.end(JSON.stringify(intent())));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = gatewayTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { apiKey: KEY });
});

afterEach(async () => {
  jest.restoreAllMocks();
  gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a request', () => {
  test('that is bound to no exchange is refused, and nothing of it is sent', async () => {
    jest.spyOn(StripeTransport.prototype, 'within').mockReturnValue({ authenticator: async () => undefined });
    expect(await gateway.charge(CHARGE, patience())).not.toMatchObject({ kind: 'charged' });
    expect(asked).toEqual([]);
  });

  test('that is sent again is bound to the same exchange', async () => {
    const exchange: Exchange = { deadline: new Deadline(), stage: 'connecting', traceparent: undefined };
    const transport = new StripeTransport(KEY);
    const { authenticator } = transport.within(exchange);
    const { port } = server.address() as AddressInfo;
    for (const attempt of ['first', 'second']) {
      const request = {
        host: '127.0.0.1',
        port: String(port),
        path: '/',
        method: 'POST',
        headers: { attempt },
        body: '',
        protocol: 'http',
      };
      await authenticator(request);
      await transport.makeRequest(
        request.host,
        request.port,
        request.path,
        request.method,
        request.headers,
        request.body,
        request.protocol,
      );
    }
    transport.close();
    expect(asked).toMatchObject(['first', 'second'].map((attempt) => ({ attempt, authorization: `Bearer ${KEY}` })));
    expect(exchange).toMatchObject({ stage: 'sent', httpStatus: 200 });
  });
});

test('the key is in the header of what is sent, and shows in nothing that somebody could write down', async () => {
  const transport = new StripeTransport(KEY);
  const deadline = new Deadline();
  deadline.pass('at once');
  const exchange: Exchange = { deadline, stage: 'connecting', traceparent: undefined };
  const options = transport.within(exchange);
  const headers = {};
  await options.authenticator({ host: '', port: '', path: '', method: 'POST', headers, body: '', protocol: 'http' });
  const failure: unknown = await transport.makeRequest('127.0.0.1', '1', '/', 'POST', headers, '', 'http').catch((error: unknown) => error);
  await gateway.charge(CHARGE, patience());
  const shown = [transport, options, exchange, failure, gateway].map((each) => inspect(each, { depth: null, showHidden: true }));
  expect([...shown, String(options.authenticator), JSON.stringify(exchange)].join()).not.toContain(KEY);
  expect(asked).toMatchObject([{ authorization: `Bearer ${KEY}` }]);
});
