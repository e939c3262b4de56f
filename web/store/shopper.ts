import { useEffect, useMemo } from 'react';
import { answerOf, serviceFor, type Schemas, type Service } from '../service/client.ts';
import { Persisted, usePersisted } from './persisted.ts';

export interface Shopper {
  userId: string;
  token: string;
  service: Service;
}

const kept = new Persisted<Schemas['Shopper'] | null>('counterfoil:shopper', null);
/** A token that is about to expire would expire in the middle of a demonstration. */
const MARGIN_MS = 3_600_000;

/** The customer of all tabs of this browser; null until the service has made one up. */
export function useShopper(): Shopper | null {
  const found = usePersisted(kept);
  const usable = isUsable(found);
  useEffect(() => {
    if (!usable) void navigator.locks.request('counterfoil:new-shopper', () => usableShopper() ?? newShopper());
  }, [usable]);
  return useMemo(() => (usable ? { userId: found.userId, token: found.token, service: serviceFor(found.token) } : null), [found, usable]);
}

/** Somebody who has nothing yet. */
export async function newShopper(): Promise<void> {
  kept.set(await answerOf(serviceFor(null).POST('/v1/test/stage/shoppers')));
}

/** Another tab may have asked while this one waited for its turn. */
function usableShopper(): Schemas['Shopper'] | null {
  const found = JSON.parse(localStorage.getItem('counterfoil:shopper') ?? 'null') as Schemas['Shopper'] | null;
  return isUsable(found) ? found : null;
}

function isUsable(found: Schemas['Shopper'] | null): found is Schemas['Shopper'] {
  return found !== null && Date.parse(found.expiresAt) > Date.now() + MARGIN_MS;
}
