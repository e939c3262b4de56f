import { unauthenticated } from './stripe-error.js';

const TEST_KEY_PREFIX = 'sk_test_';

/** The secret key of a Bearer or Basic authorization. Any test key is good. Throws 401 otherwise, without repeating what was sent. */
export function apiKeyOf(authorization: string | undefined): string {
  const [scheme, credentials] = (authorization ?? '').split(' ', 2);
  if (credentials === undefined || credentials === '') {
    throw unauthenticated(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  const key = scheme?.toLowerCase() === 'basic' ? userOf(credentials) : credentials;
  if (!key.startsWith(TEST_KEY_PREFIX)) throw unauthenticated('Invalid API Key provided. The sandbox takes keys that start with sk_test_.');
  return key;
}

/** Stripe takes the key as the user name and no password. */
function userOf(credentials: string): string {
  return Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0] ?? '';
}
