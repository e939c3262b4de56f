import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { Empty, Identifier, StatusBadge } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { useHints, useLookEvery } from '../hints/use-hints.ts';
import { lastList } from '../operations/address.ts';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { Credits } from './credits.tsx';
import { History } from './history.tsx';
import { SubscriptionCard } from './subscription-card.tsx';
import { UnderWay } from './under-way.tsx';
import '../operation/operation.css';
import '../operations/operations.css';
import './user.css';

type User = Schemas['UserDetail'];

/** While something is open it is also shown who is at work on it, and nobody rings for leases. */
const LOOK_EVERY_MS = { open: 2_000, quiet: 5_000 };

/** All that is known about one user: what they have, what is under way for them, their credit, and what happened. */
export function UserScreen({ id, who }: { id: string; who: SignedIn }) {
  const queryKey = ['user', id];
  const lookEvery = useLookEvery();
  const reading = useQuery({
    queryKey,
    queryFn: () => answerOf(who.service.GET('/v1/admin/users/{userId}', { params: { path: { userId: id } } })),
    refetchInterval: ({ state }) => (state.data?.openOperation ? LOOK_EVERY_MS.open : lookEvery(LOOK_EVERY_MS.quiet)),
  });
  useHints(queryKey, { isAbout: ({ userIds }) => userIds.includes(id) });
  return (
    <>
      <nav aria-label="Way back">
        <Link href={lastList()}>← Operations</Link>
      </nav>
      <header className="operation-title user-title">
        <h1>
          <Identifier id={id} of="the user" around={() => id} />
        </h1>
        {reading.data ? (
          <span className={reading.error ? 'stale' : undefined}>
            <StatusBadge status={reading.data.subscription?.status ?? 'not subscribed'} />
          </span>
        ) : null}
      </header>
      <Shown reading={reading} waiting="Reading what is known about this user">
        {(user) => <Everything user={user} who={who} />}
      </Shown>
    </>
  );
}

function Everything({ user, who }: { user: User; who: SignedIn }) {
  if (user.operations.length === 0 && user.credits.data.length === 0) {
    return (
      <div className="card">
        <Empty>Nobody by this id has asked for anything or was given anything. Ids of users are looked for as a whole.</Empty>
      </div>
    );
  }
  return (
    <>
      <div className="operation-bottom">
        <SubscriptionCard subscription={user.subscription} />
        <UnderWay user={user} />
      </div>
      <Credits user={user} who={who} />
      <History user={user} />
    </>
  );
}
