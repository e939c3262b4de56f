import { beforeEach, describe, expect, test } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { createLogger, NestLogger } from '../../../src/platform/telemetry/logger.js';
import { expectLinear } from '../../kit/busy-machine.js';

const CARD = '4242424242424242';
const JWT = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"canary"}').toString('base64url')}.c2lnbmF0dXJl`;

let lines: string[] = [];
const log = createLogger('trace', { write: (line: string) => void lines.push(line) });
beforeEach(() => {
  lines = [];
});

function written(): Record<string, unknown> {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string) as Record<string, unknown>;
}

describe('a line', () => {
  test('is JSON with a time, a level, a message and what was given', () => {
    log.warn({ attempts: 2, at: new Date(0), none: null }, 'lease lost');
    expect(written()).toMatchObject({ level: 'warn', message: 'lease lost', attempts: 2, at: '1970-01-01T00:00:00.000Z', none: null });
    expect(written()['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('stays one line whatever is in it', () => {
    log.info({ text: 'a\r\n{"level":"fatal"}', 'b\nc': '\u001b[31mred\u0007' }, 'x\r\ny\u2028z\u001b[0m');
    expect(lines[0]).toMatch(/^[^\r\n\u001b\u0007]*\n$/);
    expect(written()['message']).toBe('x\r\ny\u2028z\u001b[0m');
  });
});

describe('never written is', () => {
  const secrets: [string, unknown][] = [
    ['an authorization header', { headers: { Authorization: `Bearer ${JWT}` } }],
    ['a cookie', { req: { headers: { cookie: 'canary', 'set-cookie': ['canary'] } } }],
    ['a signature', { 'stripe-signature': 'canary' }],
    ['a password', { connection: { password: 'canary', DATABASE_URL: 'canary' } }],
    ['a secret by any spelling', { clientSecret: 'canary', client_secret: 'canary', apiKey: 'canary' }],
    ['an idempotency key', { idempotencyKey: 'canary', 'Idempotency-Key': 'canary', idempotency_key: 'canary' }],
    ['an e-mail address under its name', { email: 'canary@example.com' }],
    ['a security code', { cvc: 'canary', card: { security_code: 'canary' } }],
    ['a bearer token in a text', { note: `sent Bearer canary-token and got 401` }],
    ['a JWT in a text', { note: `token=${JWT}` }],
    ['a Stripe key in a text', { note: `key sk_live_canary, whsec_canary` }],
    ['the password of a URL', { note: 'connect postgres://user:canary@db:5432/x' }],
    ['a buffer', { body: Buffer.from('canary') }],
  ];
  test.each(secrets)('%s', (_, value) => {
    log.info(value as object, 'x');
    log.child(value as object).info('x');
    expect(lines.join()).not.toMatch(/canary|eyJ/);
  });

  test.each<[string, () => void]>([
    ['in the message', () => log.info(`paid with ${CARD}`)],
    ['in a format argument', () => log.info('paid with %s', CARD)],
    ['in a member, deep', () => log.info({ a: [{ b: `x ${CARD.replace(/(....)/g, '$1 ')}` }] }, 'x')],
    ['in a name', () => log.info({ [CARD]: 1 }, 'x')],
    ['as a number', () => log.info({ n: Number(CARD) }, 'x')],
    ['in an error', () => log.error(new Error(`declined ${CARD}`))],
    ['in a child’s bindings', () => log.child({ card: CARD }).info('x')],
  ])('a card number %s', (_, write) => {
    write();
    expect(lines.join().replace(/[^\d]/g, '')).not.toContain(CARD);
    expect(lines.join()).toContain('card number]');
  });

  test('what libraries hang onto their errors', () => {
    const error = Object.assign(new Error('Request failed', { cause: new Error('socket') }), {
      code: 'ERR_BAD_REQUEST',
      config: { headers: { 'X-Key': 'canary' }, data: 'canary' },
      request: { body: 'canary' },
      response: { data: 'canary' },
    });
    log.error({ err: error }, 'call failed');
    expect(lines.join()).not.toContain('canary');
    expect(written()['err']).toMatchObject({
      name: 'Error',
      message: 'Request failed',
      code: 'ERR_BAD_REQUEST',
      cause: { message: 'socket' },
    });
    expect((written()['err'] as { stack: string }).stack).toMatch(/^ {4}at /);
  });

  test('the query and the parameters of a failed statement', () => {
    const driverError = Object.assign(new Error('invalid input syntax for type uuid: "canary"'), {
      code: '22P02',
      detail: 'Key (x)=(canary)',
    });
    log.error(new QueryFailedError('select canary', ['canary'], driverError));
    expect(lines.join()).not.toContain('canary');
    expect(written()['err']).toMatchObject({ name: 'QueryFailedError', code: '22P02' });
  });
});

describe('limits', () => {
  test('what is deep, long or goes in circles is cut', () => {
    const circle: Record<string, unknown> = { text: 'x'.repeat(20_000), many: Array.from({ length: 1_000 }, () => 1) };
    circle['self'] = circle;
    log.info({ circle }, 'x');
    expect(lines[0]?.length).toBeLessThan(80_000);
    expect(lines[0]).toContain('[deep]');
  });

  test('a getter that throws does not stop the line', () => {
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('trap');
      },
    });
    log.info({ trap }, 'still here');
    expect(written()).toMatchObject({ message: 'still here', trap: {} });
  });

  // Of a longer text, no more is read than this.
  test.each(['Bearer ', 'eyJ.', '://', 'a://b@', 'eyJ-', '"', 'sk_live_'])(
    '8 kB of %j cost the CPU that 1 kB costs eight times, and not more',
    (piece) => {
      const write = (text: string): void => log.info(text);
      expectLinear(write, (size) => piece.repeat(Math.floor(size / piece.length)), 8_192);
    },
  );
});

describe('what Nest says', () => {
  const nest = new NestLogger(log);

  test('is written with its context, and its stacks in a member', () => {
    nest.error('boom', 'Error: boom\n    at x', 'Router');
    expect(written()).toMatchObject({ level: 'error', message: 'boom', context: 'Router', stack: expect.stringContaining('at x') });
  });

  test('of its start is for those who debug', () => {
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    expect(written()).toMatchObject({ level: 'debug', context: 'RouterExplorer' });
  });
});
