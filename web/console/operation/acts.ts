import { isProblem, newKey, type Schemas } from '../../service/client.ts';
import type { SignedIn } from '../session.ts';

type Operation = Schemas['Operation'];

export type Answer =
  | { kind: 'done'; operation: Operation }
  /** Somebody else did something since the operation was read: nothing was done. */
  | { kind: 'moved' }
  /** Refused, or no answer came; `again` means that the same request with the same key may be sent. */
  | { kind: 'refused'; says: string; again: boolean };

/** What can be done to an operation, with what it takes besides a reason. */
export type Wish =
  | { name: 'recover' | 'cancel' }
  | { name: 'resolve'; outcome: 'charged' | 'not_charged'; gatewayReference?: string }
  | { name: 'refund'; amount?: Schemas['Money']; to: 'card' | 'credit' };

type Seen = Pick<Operation, 'id' | 'version'>;

/** Does what is wished to the operation as it was seen: whoever moved it meanwhile is not overruled. `key` is the same for every try of one press. */
export function act(who: SignedIn, { id, version }: Seen, wish: Wish, reason: string, key: string): Promise<Answer> {
  const params = { path: { id }, header: { 'Idempotency-Key': key, 'If-Match': `"${version}"` } };
  const { service } = who;
  switch (wish.name) {
    case 'recover':
      return answerOf(service.POST('/v1/admin/operations/{id}/recover', { params, body: { reason } }));
    case 'cancel':
      return answerOf(service.POST('/v1/admin/operations/{id}/cancel', { params, body: { reason } }));
    case 'resolve': {
      const { name: _name, ...finding } = wish;
      return answerOf(service.POST('/v1/admin/operations/{id}/resolve', { params, body: { ...finding, reason } }));
    }
    case 'refund': {
      const { name: _name, ...ask } = wish;
      return answerOf(service.POST('/v1/admin/operations/{id}/refund', { params, body: { ...ask, reason } }));
    }
  }
}

export function recover(who: SignedIn, seen: Seen, reason: string): Promise<Answer> {
  return act(who, seen, { name: 'recover' }, reason, newKey());
}

export function note({ service }: SignedIn, id: string, text: string, key: string): Promise<Answer> {
  return answerOf(
    service.POST('/v1/admin/operations/{id}/notes', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body: { text } }),
  );
}

async function answerOf(asked: Promise<{ data?: Operation; error?: unknown; response: Response }>): Promise<Answer> {
  try {
    const { data, error, response } = await asked;
    if (response.ok && data !== undefined) return { kind: 'done', operation: data };
    if (!isProblem(error))
      return { kind: 'refused', says: `The service answered ${response.status}. Whether it was done is not known.`, again: true };
    if (error.code === 'operation-changed') return { kind: 'moved' };
    return { kind: 'refused', says: error.detail ?? error.title, again: error.retryable };
  } catch {
    return { kind: 'refused', says: 'No answer came. Whether it was done is not known; trying again does not do it twice.', again: true };
  }
}
