import { useId, useState, type ReactNode } from 'react';
import { Button, Switch } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { durationText } from '../durations.ts';
import { inWords } from '../words.ts';
import type { Address, Filter } from './address.ts';

const KINDS = Object.keys({
  subscribe: true,
  change_plan: true,
  cancel: true,
  pause: true,
  resume: true,
  renew: true,
  refund: true,
} satisfies Record<Schemas['Operation']['kind'], true>);
/** From and to, in seconds; what is left out is not bounded. */
const AGES = { '60-': 'older than a minute', '600-': 'older than 10 minutes', '3600-': 'older than an hour', '86400-': 'older than a day' };

/** What is looked for. All of it is in the page's address: it can be sent to somebody else, and the back button takes it back. */
export function FilterBar({ address }: { address: Address }) {
  const { filter, change, clear } = address;
  const age = `${filter.minAgeSeconds ?? ''}-${filter.maxAgeSeconds ?? ''}`;
  const active = Object.keys(filter).some((name) => name !== 'sort');
  return (
    <div className="filters card">
      <Search address={address} />
      <Choice label="Kind" value={filter.kind ?? ''} onChange={(kind) => change({ kind })}>
        <option value="">any kind</option>
        {[...new Set([...KINDS, ...(filter.kind ? [filter.kind] : [])])].map((kind) => (
          <option key={kind} value={kind}>
            {inWords(kind)}
          </option>
        ))}
      </Choice>
      <Choice label="Age" value={age} onChange={(chosen) => change(agesIn(chosen))}>
        <option value="-">any age</option>
        {Object.entries({ ...(age === '-' ? {} : { [age]: ageText(filter) }), ...AGES }).map(([seconds, words]) => (
          <option key={seconds} value={seconds}>
            {words}
          </option>
        ))}
      </Choice>
      <Day label="From" value={filter.createdAfter} onChange={(createdAfter) => change({ createdAfter })} />
      <Day label="Until" value={filter.createdBefore} onChange={(createdBefore) => change({ createdBefore })} />
      <Text label="Plan" value={filter.planId ?? ''} onChange={(planId) => change({ planId })} />
      <Text label="Gateway" value={filter.gateway ?? ''} onChange={(gateway) => change({ gateway })} />
      <div className="filter-end">
        <Switch label="Stuck only" on={filter.stuck === 'true'} onChange={(on) => change({ stuck: on ? 'true' : '' })} />
        <Button compact look="quiet" onClick={clear} disabled={!active}>
          Clear filters
        </Button>
      </div>
    </div>
  );
}

function agesIn(chosen: string): { minAgeSeconds: string; maxAgeSeconds: string } {
  const [minAgeSeconds = '', maxAgeSeconds = ''] = chosen.split('-');
  return { minAgeSeconds, maxAgeSeconds };
}

function ageText({ minAgeSeconds, maxAgeSeconds }: Filter): string {
  const [from, to] = [minAgeSeconds, maxAgeSeconds].map((seconds) => durationText(Number(seconds ?? 0) * 1_000));
  if (maxAgeSeconds === undefined) return `older than ${from}`;
  return minAgeSeconds === undefined ? `up to ${to}` : `${from} to ${to}`;
}

/** Any id that somebody has in hand: what is pasted is looked for at once. */
function Search({ address: { filter, change } }: { address: Address }) {
  const field = useId();
  const [text, write] = useDraft(filter.q ?? '');
  const seek = (id: string) => change({ q: id.trim() });
  return (
    <form
      role="search"
      className="field filter-search"
      onSubmit={(event) => {
        event.preventDefault();
        seek(text);
      }}
    >
      <label htmlFor={field}>Find by any id</label>
      <input
        id={field}
        className="input mono"
        type="search"
        placeholder="op_… sub_… user pi_… cf_… req_…"
        autoComplete="off"
        spellCheck={false}
        onPaste={(event) => {
          event.preventDefault();
          const pasted = event.clipboardData.getData('text').trim();
          write(pasted);
          seek(pasted);
        }}
        value={text}
        onChange={(event) => {
          write(event.target.value);
          if (event.target.value === '' && filter.q) seek('');
        }}
      />
    </form>
  );
}

function Text({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const field = useId();
  const [text, write] = useDraft(value);
  const done = () => text.trim() !== value && onChange(text.trim());
  return (
    <div className="field filter-short">
      <label htmlFor={field}>{label}</label>
      <input
        id={field}
        className="input"
        autoComplete="off"
        spellCheck={false}
        placeholder="any"
        value={text}
        onChange={(event) => write(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === 'Enter' && done()}
      />
    </div>
  );
}

function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  const field = useId();
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      <select id={field} className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </div>
  );
}

/** A moment in the reader's own zone; the address has it in UTC. */
function Day({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string) => void }) {
  const field = useId();
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      <input
        id={field}
        className="input"
        type="datetime-local"
        value={value === undefined ? '' : localTime(value)}
        onChange={(event) => onChange(event.target.value === '' ? '' : new Date(event.target.value).toISOString())}
      />
    </div>
  );
}

function localTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What is typed stays until it is sent; when the address changes, because somebody went back, what it says is shown. */
function useDraft(value: string): [text: string, write: (text: string) => void] {
  const [draft, setDraft] = useState({ of: value, text: value });
  if (draft.of !== value) setDraft({ of: value, text: value });
  return [draft.of === value ? draft.text : value, (text) => setDraft({ of: value, text })];
}
