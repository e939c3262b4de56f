import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from '../design/design.ts';
import { answerOf } from '../service/client.ts';
import type { Shopper } from './shopper.ts';

const LOOK_MS = 3_000;

/** The process that answers, and what happens when it is killed in the middle of a payment. */
export function ServerControl({ shopper, heard }: { shopper: Shopper | null; heard: boolean }) {
  const { data: server } = useQuery({
    queryKey: ['server', heard],
    queryFn: () => answerOf((shopper as Shopper).service.GET('/v1/test/stage/server')),
    enabled: shopper !== null,
    refetchInterval: LOOK_MS,
    retry: false,
  });
  const kill = useMutation({ mutationFn: () => answerOf((shopper as Shopper).service.POST('/v1/test/stage/server/kill')) });
  const canBeKilled = server?.comesBack === true;
  return (
    <div className="control">
      <h2>The server</h2>
      <div className="row">
        <Button look="danger" disabled={!canBeKilled || !heard} onClick={() => kill.mutate()}>
          Kill it
        </Button>
      </div>
      <p className="small" role="status">
        <span className={`badge ${heard ? 'good' : 'bad'}`}>{heard ? `process ${server?.pid ?? ''} answers` : 'away'}</span>
      </p>
      <p className="soft small">{canBeKilled || !server ? KILLS : BY_HAND}</p>
    </div>
  );
}

const KILLS = 'SIGKILL, no goodbye. Best while the gateway answers slowly: what was under way is found and carried to its end.';
const BY_HAND = 'Started with npm start it can be killed from here and comes back; otherwise: kill -9 the process, and start it again.';
