import { useId, useState } from 'react';
import { Button, countText, Dialog, moneyText, Notice, StatusBadge } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { OperationLink, UserLink } from '../links.tsx';
import { recover, type Answer } from '../operation/acts.ts';
import { MIN_REASON_CHARACTERS, Reason } from '../reason.tsx';
import type { SignedIn } from '../session.ts';

type Operation = Schemas['Operation'];

interface RecoverManyProps {
  who: SignedIn;
  /** Chosen in the list, each as it is shown there. */
  operations: Operation[];
  onDone: () => void;
  onChange: () => void;
}

/** One reason, many operations: each is asked for by itself, in turn, and says for itself what became of it. */
export function RecoverMany({ who, operations, onDone, onChange }: RecoverManyProps) {
  const [asked, setAsked] = useState<Operation[] | null>(null);
  const [reason, setReason] = useState('');
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer>>(new Map());
  const [atWork, setAtWork] = useState(false);
  const effect = useId();
  if (operations.length === 0 && asked === null) return null;

  const go = async () => {
    setAtWork(true);
    for (const operation of asked ?? []) {
      const answer = await recover(who, operation, reason);
      setAnswers((before) => new Map(before).set(operation.id, answer));
    }
    setAtWork(false);
    onChange();
  };
  const close = () => {
    if (atWork) return;
    if (answers.size > 0) onDone();
    setAsked(null);
    setAnswers(new Map());
    setReason('');
  };
  const over = answers.size > 0 && !atWork;
  return (
    <div className="chosen card">
      <strong>
        {operations.length} chosen, {moneyOf(operations)}
      </strong>
      <Button compact look="primary" disabled={!who.may('operator')} aria-describedby={effect} onClick={() => setAsked(operations)}>
        Recover {operations.length}
      </Button>
      <span id={effect} className="soft small">
        {who.may('operator') ? 'Asks the gateway about each of them, now.' : 'Recovering needs the role operator.'}
      </span>
      <Dialog
        open={asked !== null}
        onClose={close}
        title={`Recover ${countText(asked?.length ?? 0, 'operation')}`}
        description={`The gateway is asked about each of them now, and each is settled by its answer: ${moneyOf(asked ?? [])} in all. What was recorded is sent again under its own key, so nobody is charged twice.`}
        actions={
          <Buttons
            count={asked?.length ?? 0}
            asked={answers.size}
            ready={reason.trim().length >= MIN_REASON_CHARACTERS}
            {...{ atWork, over, close, go }}
          />
        }
      >
        <Chosen operations={asked ?? []} answers={answers} />
        {answers.size > 0 ? null : <Reason value={reason} onChange={setReason} />}
        {over ? (
          <Notice tone="calm" title="Every one was asked about">
            What is still open is looked at again by itself.
          </Notice>
        ) : null}
      </Dialog>
    </div>
  );
}

interface ButtonsProps {
  count: number;
  /** How many of them were asked about. */
  asked: number;
  ready: boolean;
  atWork: boolean;
  over: boolean;
  close: () => void;
  go: () => Promise<void>;
}

function Buttons({ count, asked, ready, atWork, over, close, go }: ButtonsProps) {
  if (over) {
    return (
      <Button look="primary" onClick={close}>
        Close
      </Button>
    );
  }
  return (
    <>
      <Button onClick={close} disabled={atWork}>
        Leave them
      </Button>
      <Button look="primary" disabled={atWork || !ready} onClick={() => void go()}>
        {atWork ? `Asking, ${asked} of ${count} …` : `Recover ${count}`}
      </Button>
    </>
  );
}

function Chosen({ operations, answers }: { operations: Operation[]; answers: ReadonlyMap<string, Answer> }) {
  return (
    <ul className="many" tabIndex={0} aria-label="Chosen operations">
      {operations.map((operation) => (
        <li key={operation.id}>
          <OperationLink id={operation.id} />
          <UserLink id={operation.userId} />
          <span className="figures">{operation.amount ? moneyText(operation.amount) : 'no money'}</span>
          <Became operation={operation} answer={answers.get(operation.id)} />
        </li>
      ))}
    </ul>
  );
}

function Became({ operation, answer }: { operation: Operation; answer: Answer | undefined }) {
  if (answer === undefined) return <StatusBadge status={operation.status} />;
  if (answer.kind === 'done') return <StatusBadge status={answer.operation.status} />;
  return <span className="word bad">{answer.kind === 'moved' ? 'somebody was here first; look again' : answer.says}</span>;
}

/** Sums per currency, for amounts of several cannot be added. */
function moneyOf(operations: Operation[]): string {
  const sums = new Map<string, number>();
  for (const { amount } of operations) if (amount) sums.set(amount.currency, (sums.get(amount.currency) ?? 0) + amount.amount);
  return [...sums].map(([currency, amount]) => moneyText({ amount, currency })).join(' and ') || 'no money';
}
