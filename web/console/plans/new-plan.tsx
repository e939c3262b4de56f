import { useId, useRef, useState } from 'react';
import { Button, Dialog, Failure, moneyText, Notice } from '../../design/design.ts';
import { answerOf, newKey, type Schemas } from '../../service/client.ts';
import { minorUnitsIn } from '../operation/wish-fields.tsx';
import { MIN_REASON_CHARACTERS, Reason } from '../reason.tsx';
import type { SignedIn } from '../session.ts';

const EMPTY = { id: '', name: '', price: '', currency: 'USD', interval: 'month', trialDays: '0', capacity: '', family: '' };
type Texts = typeof EMPTY;
type Wanted = Omit<Schemas['CreatePlanRequest'], 'reason'>;

const LABELS: Record<Exclude<keyof Texts, 'interval'>, string> = {
  id: 'Id, for ever: a-z, 0-9, _ and -',
  name: 'Name',
  price: 'Price; 0 for a free plan',
  currency: 'Currency',
  trialDays: 'Days on trial',
  capacity: 'Seats; empty for no limit, for ever',
  family: 'Family; empty for none',
};

interface NewPlanProps {
  who: SignedIn;
  onMade: () => void;
  onClose: () => void;
}

/** Puts a plan into the catalogue. It is on sale at once. */
export function NewPlan({ who, onMade, onClose }: NewPlanProps) {
  const [texts, setTexts] = useState(EMPTY);
  const [reason, setReason] = useState('');
  const [atWork, setAtWork] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [made, setMade] = useState<Schemas['AdminPlan'] | null>(null);
  const press = useRef({ of: '', key: '' });
  const wanted = planIn(texts);
  const go = async () => {
    if (wanted === null) return;
    const body = { ...wanted, reason: reason.trim() };
    const of = JSON.stringify(body);
    if (press.current.of !== of) press.current = { of, key: newKey() };
    setAtWork(true);
    setRefused(null);
    const params = { header: { 'Idempotency-Key': press.current.key } };
    await answerOf(who.service.POST('/v1/admin/plans', { params, body })).then(setMade, setRefused);
    setAtWork(false);
    onMade();
  };
  return (
    <Dialog
      open
      onClose={() => !atWork && onClose()}
      title="New plan"
      description={
        wanted ? `${wanted.name} is on sale at once, for ${moneyText(wanted.price)} a ${wanted.interval}.` : 'It is on sale at once.'
      }
      actions={
        made ? (
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <>
            <Button onClick={onClose} disabled={atWork}>
              Leave it
            </Button>
            <Button
              look="primary"
              disabled={wanted === null || reason.trim().length < MIN_REASON_CHARACTERS || atWork}
              onClick={() => void go()}
            >
              {atWork ? 'Asking …' : 'Put it on sale'}
            </Button>
          </>
        )
      }
    >
      {made ? (
        <Notice tone="good" title="Done">
          {made.name} is on sale.
        </Notice>
      ) : (
        <>
          <Fields texts={texts} onChange={setTexts} />
          <Reason value={reason} onChange={setReason} />
        </>
      )}
      {refused === null ? null : <Failure error={refused} />}
    </Dialog>
  );
}

function Fields({ texts, onChange }: { texts: Texts; onChange: (texts: Texts) => void }) {
  const field = useId();
  return (
    <>
      {(Object.entries(LABELS) as [keyof typeof LABELS, string][]).map(([name, label]) => (
        <div key={name} className="field">
          <label htmlFor={`${field}-${name}`}>{label}</label>
          <input
            id={`${field}-${name}`}
            className="input figures"
            autoComplete="off"
            value={texts[name]}
            onChange={(event) => onChange({ ...texts, [name]: event.target.value })}
          />
        </div>
      ))}
      <div className="field">
        <label htmlFor={`${field}-interval`}>Paid by the</label>
        <select
          id={`${field}-interval`}
          className="select"
          value={texts.interval}
          onChange={(event) => onChange({ ...texts, interval: event.target.value })}
        >
          <option>month</option>
          <option>year</option>
        </select>
      </div>
    </>
  );
}

/** Null while something is missing or cannot be read; what else may be wrong with it the service says. */
function planIn({ id, name, price, currency, interval, trialDays, capacity, family }: Texts): Wanted | null {
  const code = currency.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(code) || !/^\d{0,3}$/.test(trialDays.trim()) || !/^\d{0,8}$/.test(capacity.trim())) return null;
  const amount = /^\s*0+([.,]0*)?\s*$/.test(price) ? 0 : minorUnitsIn(price, code);
  if (id.trim() === '' || name.trim() === '' || amount === null) return null;
  return {
    id: id.trim(),
    name: name.trim(),
    price: { amount, currency: code },
    interval: interval === 'year' ? 'year' : 'month',
    trialDays: Number(trialDays.trim()),
    capacity: capacity.trim() === '' ? null : Number(capacity.trim()),
    family: family.trim() === '' ? null : family.trim(),
    features: [],
    onSale: true,
  };
}
