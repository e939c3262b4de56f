/** Where requests go and with which kind of key. */
export interface Destination {
  /** Whether the key moves real money. */
  live: boolean;
  protocol: 'http' | 'https';
  host: string;
  port: string;
}

const STRIPE: Omit<Destination, 'live'> = { protocol: 'https', host: 'api.stripe.com', port: '443' };

/** The prefixes of secret, restricted and organisation keys in live mode (Stripe docs, "API keys"). */
const LIVE_KEY = /^(sk|rk)(_org)?_live_/;

/**
 * Reads the base address; null is Stripe's own. Throws an Error that never contains the key, when the address is malformed
 * or a live key would be sent anywhere but to https://api.stripe.com.
 */
export function destinationOf(apiKey: string, apiBase: string | null): Destination {
  if (!/^\S+$/.test(apiKey)) throw new Error('The Stripe API key is empty or contains white space');
  const live = LIVE_KEY.test(apiKey);
  if (apiBase === null) return { live, ...STRIPE };
  const base = parse(apiBase);
  const stripes = base.protocol === STRIPE.protocol && base.host === STRIPE.host && base.port === STRIPE.port;
  if (live && !stripes)
    throw new Error('A live Stripe key is sent to https://api.stripe.com only; use a test key with another base address');
  return { live, ...base };
}

function parse(apiBase: string): Omit<Destination, 'live'> {
  const url = URL.canParse(apiBase) ? new URL(apiBase) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('The Stripe base address must be an http or https URL');
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new Error('The Stripe base address has a scheme, a host and a port, and nothing else');
  }
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { protocol, host, port: url.port || (protocol === 'https' ? '443' : '80') };
}
