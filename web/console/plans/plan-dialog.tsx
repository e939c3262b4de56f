import { useId, useRef, useState } from 'react';
import { Button, countText, Dialog, Failure, moneyText, Notice, Switch } from '../../design/design.ts';
import { answerOf, newKey, type Schemas } from '../../service/client.ts';
import { MIN_REASON_CHARACTERS, Reason } from '../reason.tsx';
import type { SignedIn } from '../session.ts';
import { changePlan, changesIn, fieldsOf, type Answer, type Edits } from './plan-changes.ts';

type Plan = Schemas['ListedPlan'];

interface PlanDialogProps {
  /** The plan as it stood when the dialog was opened. */
  seen: Plan;
  who: SignedIn;
  look: (id: string) => Promise<Plan | undefined>;
  onClose: () => void;
}

/** What is about to be changed of a plan. It is changed as it was seen: whoever was faster is named, and nothing is done over their head. */
export function PlanDialog({ seen, who, look, onClose }: PlanDialogProps) {
  const [basis, setBasis] = useState(seen);
  const [edits, setEdits] = useState<Edits>({});
  const [reason, setReason] = useState('');
  const [atWork, setAtWork] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [faster, setFaster] = useState<{ plan: Plan; who: string } | null>(null);
  const press = useRef({ of: '', key: '' });

  const changes = changesIn(basis, edits);
  const nothing = changes !== null && Object.keys(changes).length === 0;
  const ready = changes !== null && !nothing && reason.trim().length >= MIN_REASON_CHARACTERS && !atWork;
  const go = async () => {
    if (!changes) return;
    setAtWork(true);
    const of = JSON.stringify([changes, reason, basis.version]);
    if (press.current.of !== of) press.current = { of, key: newKey() };
    const got = await changePlan(who, basis, changes, reason.trim(), press.current.key);
    const now = await look(basis.id);
    if (got.kind === 'moved' && now) setFaster({ plan: now, who: await lastHand(who, basis.id) });
    setAnswer(got);
    setAtWork(false);
  };
  const goOn = () => {
    if (faster) setBasis(faster.plan);
    setFaster(null);
    setAnswer(null);
  };
  const done = answer?.kind === 'done';
  return (
    <Dialog
      open
      onClose={() => !atWork && onClose()}
      title={`Change ${seen.name}`}
      description={faster ? 'What you asked for was not done.' : effectOf(basis, changes)}
      actions={<Buttons {...{ done, atWork, ready, onClose }} onGo={faster ? null : () => void go()} onGoOn={goOn} />}
    >
      {done || faster ? null : (
        <>
          <Fields plan={basis} edits={edits} onChange={setEdits} />
          <Reason value={reason} onChange={setReason} />
        </>
      )}
      {faster ? (
        <Notice tone="wait" title="Somebody was here first">
          {faster.who} What you changed is kept here; the rest is as they left it.
        </Notice>
      ) : null}
      {answer?.kind === 'refused' ? <Failure error={answer.says} /> : null}
      {done ? (
        <Notice tone="good" title="Done">
          It is version {answer.plan.version} now.
        </Notice>
      ) : null}
    </Dialog>
  );
}

interface ButtonsProps {
  done: boolean;
  atWork: boolean;
  ready: boolean;
  onClose: () => void;
  /** Null where somebody was faster, and what they did has to be seen first. */
  onGo: (() => void) | null;
  onGoOn: () => void;
}

function Buttons({ done, atWork, ready, onClose, onGo, onGoOn }: ButtonsProps) {
  if (done) {
    return (
      <Button look="primary" onClick={onClose}>
        Close
      </Button>
    );
  }
  return (
    <>
      <Button onClick={onClose} disabled={atWork}>
        Leave it
      </Button>
      {onGo === null ? (
        <Button onClick={onGoOn}>Go on from there</Button>
      ) : (
        <Button look="primary" disabled={!ready} onClick={onGo}>
          {atWork ? 'Asking …' : 'Change the plan'}
        </Button>
      )}
    </>
  );
}

function Fields({ plan, edits, onChange }: { plan: Plan; edits: Edits; onChange: (edits: Edits) => void }) {
  const field = useId();
  const { name, price, capacity, onSale } = fieldsOf(plan, edits);
  const text = (label: string, value: string, change: (text: string) => Edits, mode: 'text' | 'decimal' | 'numeric') => (
    <div className="field">
      <label htmlFor={`${field}-${label}`}>{label}</label>
      <input
        id={`${field}-${label}`}
        className="input figures"
        autoComplete="off"
        inputMode={mode}
        aria-invalid={changesIn(plan, change(value)) === null}
        value={value}
        onChange={(event) => onChange({ ...edits, ...change(event.target.value) })}
      />
    </div>
  );
  return (
    <>
      {text('Name', name, (value) => ({ name: value }), 'text')}
      {text(`Price in ${plan.price.currency}, a ${plan.interval}`, price, (value) => ({ price: value }), 'decimal')}
      {plan.seats === null ? (
        <p className="soft small dialog-object">Its seats were never counted, so it cannot be given a limit.</p>
      ) : (
        text(
          `Seats; ${plan.seats.taken + plan.seats.held} are in use, empty for no limit`,
          capacity,
          (value) => ({ capacity: value }),
          'numeric',
        )
      )}
      <p className="dialog-object">
        <Switch label="On sale" on={onSale} onChange={(on) => onChange({ ...edits, onSale: on })} />
      </p>
    </>
  );
}

function effectOf(plan: Plan, changes: ReturnType<typeof changesIn>): string {
  if (changes === null) return 'Something here cannot be read.';
  const parts = [
    changes.name === undefined ? [] : [`it is called “${changes.name}”`],
    changes.price === undefined
      ? []
      : [`whoever subscribes from now on pays ${moneyText(changes.price)} instead of ${moneyText(plan.price)}`],
    changes.capacity === undefined
      ? []
      : [changes.capacity === null ? 'it has seats for everybody' : `it has ${countText(changes.capacity, 'seat')}`],
    changes.onSale === undefined ? [] : [changes.onSale ? 'it is on sale' : 'nobody can subscribe to it any more'],
  ].flat();
  if (parts.length === 0) return 'Nothing is changed yet. What is already sold keeps its price.';
  const sentence = new Intl.ListFormat('en').format(parts);
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}. What is already sold keeps its price.`;
}

/** Who changed it last and why, in a sentence; the audit knows. */
async function lastHand({ service }: SignedIn, object: string): Promise<string> {
  const read = answerOf(service.GET('/v1/admin/audit', { params: { query: { object, limit: '1' } } }));
  const [entry] = await read.then(
    ({ data }) => data,
    () => [],
  );
  return entry ? `${entry.actor} changed it: “${entry.reason}”.` : 'It was changed meanwhile.';
}
