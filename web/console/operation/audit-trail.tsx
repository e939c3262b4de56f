import { useState } from 'react';
import { Button, Empty, Failure, Time } from '../../design/design.ts';
import { newKey, type Schemas } from '../../service/client.ts';
import { MIN_REASON_CHARACTERS, Reason } from '../reason.tsx';
import type { SignedIn } from '../session.ts';
import { inWords } from '../words.ts';
import { note } from './acts.ts';

type Detail = Schemas['OperationDetail'];

interface AuditTrailProps {
  operation: Detail;
  who: SignedIn;
  look: () => Promise<Detail>;
}

/** Who did what to it and why, and what people wrote to each other about it. */
export function AuditTrail({ operation, who, look }: AuditTrailProps) {
  const { audit, notes } = operation;
  return (
    <div className="operation-bottom">
      <section className="card panel" aria-labelledby="audit">
        <h2 id="audit">Audit</h2>
        {audit.length === 0 ? <Empty>Nobody has done anything to it by hand.</Empty> : null}
        <ul className="said">
          {audit.map(({ id, at, actor, action, reason }) => (
            <li key={id}>
              <p>
                <strong>{actor}</strong> {inWords(action.replace('operation.', ''))} <Time at={at} as="both" />
              </p>
              <p>“{reason}”</p>
            </li>
          ))}
        </ul>
      </section>
      <section className="card panel" aria-labelledby="notes">
        <h2 id="notes">Notes</h2>
        {notes.length === 0 ? <Empty>No notes.</Empty> : null}
        <ul className="said">
          {notes.map(({ at, author, text }) => (
            <li key={at}>
              <p>
                <strong>{author}</strong> <Time at={at} as="both" />
              </p>
              <p>{text}</p>
            </li>
          ))}
        </ul>
        {who.may('operator') ? (
          <NewNote id={operation.id} who={who} look={look} />
        ) : (
          <p className="soft small">Writing needs the role operator.</p>
        )}
      </section>
    </div>
  );
}

function NewNote({ id, who, look }: { id: string; who: SignedIn; look: () => Promise<Detail> }) {
  const [text, setText] = useState('');
  const [key, setKey] = useState(newKey);
  const [failed, setFailed] = useState<string | null>(null);
  const write = async () => {
    const answer = await note(who, id, text, key);
    if (answer.kind !== 'done') return setFailed(answer.kind === 'refused' ? answer.says : 'It was moved meanwhile.');
    setFailed(null);
    setText('');
    setKey(newKey());
    await look();
  };
  const change = (next: string) => {
    setText(next);
    setKey(newKey());
  };
  return (
    <form
      className="new-note"
      onSubmit={(event) => {
        event.preventDefault();
        void write();
      }}
    >
      <Reason label="A note for whoever comes next" value={text} onChange={change} />
      {failed ? <Failure error={failed} /> : null}
      <Button type="submit" compact disabled={text.trim().length < MIN_REASON_CHARACTERS}>
        Add note
      </Button>
    </form>
  );
}
