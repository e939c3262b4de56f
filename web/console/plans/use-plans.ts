import { useQuery } from '@tanstack/react-query';
import { answerOf } from '../../service/client.ts';
import type { SignedIn } from '../session.ts';

const LOOK_EVERY_MS = 5_000;

/** Everything that is or was sold, with its seats as they are now. */
export function usePlans({ service }: SignedIn) {
  return useQuery({
    queryKey: ['plans'],
    queryFn: () => answerOf(service.GET('/v1/admin/plans')),
    refetchInterval: LOOK_EVERY_MS,
  });
}
