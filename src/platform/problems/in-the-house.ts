import type { ProblemRow } from './problem-row.js';

/** What is refused because the service or the gateway cannot. */
export const IN_THE_HOUSE = {
  'gateway-unavailable': {
    status: 503,
    title: 'The payment gateway could not be reached',
    charged: 'no',
    retryable: false,
    help: 'The request is proven not to have reached the gateway, so nothing was charged and the operation is failed. Wait for Retry-After seconds and use a new key.',
  },
  'service-unavailable': {
    status: 503,
    title: 'The service cannot work at the moment',
    charged: 'unknown',
    retryable: true,
    help: 'This request called no gateway. Wait for Retry-After seconds and send the same request with the same key.',
  },
  'shutting-down': {
    status: 503,
    title: 'This process is stopping',
    charged: 'unknown',
    retryable: true,
    help: 'This request called no gateway. Send the same request with the same key again; another process answers.',
  },
  overloaded: {
    status: 503,
    title: 'Too much is under way',
    charged: 'unknown',
    retryable: true,
    help: 'This request recorded nothing and called no gateway. Wait for Retry-After seconds and send it again with the same key.',
  },
  'clock-not-movable': {
    status: 409,
    title: 'The clock cannot be moved',
    charged: 'no',
    retryable: false,
    help: 'Moving the test clock replaces the SQL function service_now(), which only its owner may. Let the role of DATABASE_URL be the one that migrates, or a member of it.',
  },
  'server-not-kept': {
    status: 409,
    title: 'Nobody would start the service again',
    charged: 'no',
    retryable: false,
    help: 'The store kills the service only where it comes back: start it with npm start. By hand: kill -9 the process, and start it again.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong in the service',
    charged: 'unknown',
    retryable: true,
    help: 'A defect. Nothing is lost: repeat with the same key to learn what became of the request, and report the requestId.',
  },
} as const satisfies Record<string, ProblemRow>;
