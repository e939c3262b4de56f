import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { Button, Empty, ThemeSwitch } from '../design/design.ts';
import { AuditScreen } from './audit/audit-screen.tsx';
import { LeasesScreen } from './leases/leases-screen.tsx';
import { userInAddress } from './links.tsx';
import { useArrivalAt } from './focus.ts';
import { useHintStream } from './hints/use-hints.ts';
import { OperationScreen } from './operation/operation-screen.tsx';
import { OperationsScreen } from './operations/operations-screen.tsx';
import { PlansScreen } from './plans/plans-screen.tsx';
import { PulseScreen } from './pulse/pulse-screen.tsx';
import { signOut, useSession, type SignedIn } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { SystemScreen } from './system/system-screen.tsx';
import { UserScreen } from './user/user-screen.tsx';
import './console.css';

/** The frame around every screen: who is here, as what, where to go, and the way out. */
export function Console() {
  const { who, endedBecause } = useSession();
  const queries = useQueryClient();
  // What one person was shown is not shown to the next.
  useEffect(() => {
    if (who === null) queries.clear();
  }, [who, queries]);
  useHintStream(who);
  if (who === null) return <SignIn endedBecause={endedBecause} />;
  return (
    <>
      <a className="skip" href="#screen">
        Skip to the content
      </a>
      <header className="console-header">
        <Link href="/" className="console-name">
          Counterfoil
        </Link>
        <Navigation />
        <span className="soft small console-who">
          {who.userId} · {who.role ?? 'no role'}
        </span>
        <ThemeSwitch />
        <Button compact onClick={() => signOut()}>
          Sign out
        </Button>
      </header>
      <main className="console-main" id="screen" tabIndex={-1}>
        <Screens who={who} />
      </main>
    </>
  );
}

const SCREENS = [
  { path: '/', name: 'Operations', has: (location: string) => location === '/' || /^\/(operations|users)\//.test(location) },
  { path: '/pulse', name: 'Pulse', has: (location: string) => location === '/pulse' },
  { path: '/plans', name: 'Plans', has: (location: string) => location === '/plans' },
  { path: '/leases', name: 'Leases', has: (location: string) => location === '/leases' },
  { path: '/system', name: 'System', has: (location: string) => location === '/system' },
  { path: '/audit', name: 'Audit', has: (location: string) => location === '/audit' },
];

function Navigation() {
  const [location] = useLocation();
  useArrivalAt(location, SCREENS.find(({ has }) => has(location))?.name ?? 'Console');
  return (
    <nav aria-label="Console" className="console-nav">
      {SCREENS.map(({ path, name, has }) => (
        <Link key={path} href={path} aria-current={has(location) ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Screens({ who }: { who: SignedIn }) {
  return (
    <Switch>
      <Route path="/">
        <OperationsScreen who={who} />
      </Route>
      <Route path="/operations/:id">{({ id }) => <OperationScreen key={id} id={id} who={who} />}</Route>
      <Route path={/^\/users\/.+/}>{() => <UserScreen key={userInAddress()} id={userInAddress()} who={who} />}</Route>
      <Route path="/pulse">
        <PulseScreen who={who} />
      </Route>
      <Route path="/plans">
        <PlansScreen who={who} />
      </Route>
      <Route path="/leases">
        <LeasesScreen who={who} />
      </Route>
      <Route path="/system">
        <SystemScreen who={who} />
      </Route>
      <Route path="/audit">
        <AuditScreen who={who} />
      </Route>
      <Route>
        <h1>Nothing here</h1>
        <Empty>There is no screen at this address.</Empty>
      </Route>
    </Switch>
  );
}
