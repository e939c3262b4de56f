import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { countText, Identifier, Notice, StatusBadge } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { durationText, latencyText } from '../durations.ts';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { Chores } from './chores.tsx';
import '../operation/operation.css';
import './system.css';

type System = Schemas['System'];

const LOOK_EVERY_MS = 5_000;

/** What runs here, whether it is well, and how it was told to run. */
export function SystemScreen({ who }: { who: SignedIn }) {
  const reading = useQuery({
    queryKey: ['system'],
    queryFn: () => answerOf(who.service.GET('/v1/admin/system')),
    refetchInterval: LOOK_EVERY_MS,
  });
  return (
    <>
      <h1>System</h1>
      <Shown reading={reading} waiting="Asking every part how it is">
        {(data) => <Everything system={data} />}
      </Shown>
    </>
  );
}

function Everything({ system }: { system: System }) {
  const { notes, clockAheadSeconds, settings } = system;
  return (
    <>
      {notes.length > 0 ? (
        <Notice tone="bad" title="Not all is well">
          {notes.join(' ')}
        </Notice>
      ) : null}
      {clockAheadSeconds > 0 ? (
        <Notice tone="wait" title={`The clock was moved ${durationText(clockAheadSeconds * 1_000)} ahead`}>
          By the test clock. Ages and due times are counted from it, here too.
        </Notice>
      ) : null}
      <div className="parts">
        <Database system={system} />
        <LeaseStore leases={system.leases} />
        <Gateway gateway={system.gateway} />
        <Program system={system} />
      </div>
      <Chores chores={system.chores} />
      <section className="card panel" aria-labelledby="settings">
        <h2 id="settings">Settings</h2>
        <p className="soft small">
          Of the process that answered, under the names of their variables. Of secrets only whether they are set.
        </p>
        <dl className="settings">
          {settings.map(({ name, value }) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd className={value === 'not set' ? 'soft' : undefined}>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function Part({ name, state, children }: { name: string; state: string | null; children: ReactNode }) {
  return (
    <section className="card panel part" aria-label={name}>
      <div className="part-head">
        <h2>{name}</h2>
        {state === null ? null : <StatusBadge status={state} />}
      </div>
      {children}
    </section>
  );
}

function Database({ system: { database } }: { system: System }) {
  const { applied, pending } = database.migrations;
  return (
    <Part name="Postgres" state={database.state}>
      <p>
        Version {database.version}, answered in <span className="figures">{latencyText(database.answeredInMs)}</span>.
      </p>
      {pending.length > 0 ? (
        <p className="word bad">
          {countText(pending.length, 'migration is', 'migrations are')} pending: {pending.join(', ')}. Run counterfoil migrate.
        </p>
      ) : null}
      <details>
        <summary>
          {countText(applied.length, 'migration')} applied, {pending.length === 0 ? 'none is pending' : `${pending.length} pending`}
        </summary>
        <ol className="migrations small">
          {applied.map((name) => (
            <li key={name}>
              <code>{name}</code>
            </li>
          ))}
        </ol>
      </details>
    </Part>
  );
}

function LeaseStore({ leases: { keptIn, state, nodes } }: { leases: System['leases'] }) {
  return (
    <Part name="Leases" state={state}>
      {nodes.length === 0 ? <p>They are kept in {keptIn === 'postgres' ? 'Postgres' : keptIn}; there is no Redis.</p> : null}
      <ul className="nodes">
        {nodes.map(({ address, version, answeredInMs, why }) => (
          <li key={address} className={why === null ? 'good' : 'bad'}>
            <code>{address}</code>
            <span>
              {why === null && answeredInMs !== null ? (
                <>
                  Redis {version}, <span className="figures">{latencyText(answeredInMs)}</span>
                </>
              ) : (
                <span className="word bad">{why}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {state === 'down' ? <p>The database alone keeps order. Nothing is charged twice, but contention is higher.</p> : null}
    </Part>
  );
}

function Gateway({ gateway: { name, state, calls, silent, lastAnswered } }: { gateway: System['gateway'] }) {
  const share = calls === 0 ? null : PERCENT.format((calls - silent) / calls);
  return (
    <Part name={`Gateway: ${name}`} state={state === 'unknown' ? 'no calls' : state}>
      <p>
        {share === null ? 'Nobody has called it yet.' : `Its latest ${countText(calls, 'call')}: ${share} answered.`}
        {lastAnswered === false ? ' The last one was not.' : ''}
      </p>
      <p className="soft small">By what was written down of its calls: it is never asked for its health.</p>
    </Part>
  );
}

function Program({ system: { version, node, process } }: { system: System }) {
  return (
    <Part name="Program" state={null}>
      <p>
        Counterfoil {version} on Node.js {node}.
      </p>
      <p className="answered-by">
        Answered by <Identifier id={process} of="the process" around={() => process} />
      </p>
    </Part>
  );
}

const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
