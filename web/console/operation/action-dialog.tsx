import { useRef, useState } from 'react';
import { Button, Dialog, Failure, moneyText, Notice, StatusBadge } from '../../design/design.ts';
import { newKey, type Schemas } from '../../service/client.ts';
import { MIN_REASON_CHARACTERS, Reason } from '../reason.tsx';
import type { SignedIn } from '../session.ts';
import { inWords } from '../words.ts';
import { MANNERS, type ActionName } from './actions.tsx';
import { act, type Answer, type Wish } from './acts.ts';
import { meantBy, WishFields, type Particulars } from './wish-fields.tsx';

type Detail = Schemas['OperationDetail'];

interface ActionDialogProps {
  name: ActionName;
  /** The operation as it stood when the dialog was opened. */
  seen: Detail;
  who: SignedIn;
  look: () => Promise<Detail>;
  onClose: () => void;
}

/** What is about to be done, to what, with how much money. It is done to the operation as it was seen: whoever was faster is named, and nothing is done over their head. */
export function ActionDialog({ name, seen, who, look, onClose }: ActionDialogProps) {
  const [basis, setBasis] = useState(seen);
  const [reason, setReason] = useState('');
  const [particulars, setParticulars] = useState<Particulars>({ outcome: null, gatewayReference: '', amount: '', to: 'card' });
  const [atWork, setAtWork] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [found, setFound] = useState<Detail | null>(null);
  const press = useRef({ of: '', key: '' });

  const wish = meantBy(name, particulars, basis);
  const ready = wish !== null && reason.trim().length >= MIN_REASON_CHARACTERS && !atWork;
  const go = async () => {
    if (!wish) return;
    setAtWork(true);
    const got = await act(who, basis, wish, reason.trim(), keyFor(press.current, JSON.stringify([wish, reason, basis.version])));
    const now = await look();
    setFound(got.kind === 'moved' ? now : null);
    setAnswer(got);
    setAtWork(false);
  };
  const done = answer?.kind === 'done';
  const goOn = () => {
    if (found) setBasis(found);
    setFound(null);
    setAnswer(null);
  };
  const ended = done || (found !== null && !found.actions.some((offer) => offer.name === name && offer.enabled));
  return (
    <Dialog
      open
      onClose={() => !atWork && onClose()}
      title={`${MANNERS[name].label}: ${inWords(basis.kind)} of ${basis.userId}`}
      description={found ? 'What you asked for was not done.' : effectOf(name, basis, wish)}
      actions={<Buttons {...{ name, wish, ended, atWork, ready, onClose }} onGo={found ? null : () => void go()} onGoOn={goOn} />}
    >
      <p className="dialog-object">
        <code>{basis.id}</code> <StatusBadge status={basis.status} />
      </p>
      {done || found ? null : (
        <>
          <WishFields name={name} operation={basis} value={particulars} onChange={setParticulars} />
          <Reason value={reason} onChange={setReason} />
        </>
      )}
      {found ? <WhoWasFaster seen={basis} now={found} /> : null}
      {answer?.kind === 'refused' ? <Failure error={answer.says} /> : null}
      {answer?.kind === 'done' ? <Outcome operation={answer.operation} /> : null}
    </Dialog>
  );
}

interface ButtonsProps {
  name: ActionName;
  wish: Wish | null;
  ended: boolean;
  atWork: boolean;
  ready: boolean;
  onClose: () => void;
  /** Null where somebody was faster, and what they did has to be seen first. */
  onGo: (() => void) | null;
  onGoOn: () => void;
}

function Buttons({ name, wish, ended, atWork, ready, onClose, onGo, onGoOn }: ButtonsProps) {
  if (ended) {
    return (
      <Button look="primary" onClick={onClose}>
        Close
      </Button>
    );
  }
  const { label, look } = MANNERS[name];
  return (
    <>
      <Button onClick={onClose} disabled={atWork}>
        Leave it
      </Button>
      {onGo === null ? (
        <Button onClick={onGoOn}>Go on from there</Button>
      ) : (
        <Button look={look === 'danger' ? 'danger' : 'primary'} disabled={!ready} onClick={onGo}>
          {atWork ? 'Asking …' : confirmText(label, wish)}
        </Button>
      )}
    </>
  );
}

/** The same key for every try of the same press, another one when something else is asked for. */
function keyFor(press: { of: string; key: string }, of: string): string {
  if (press.of !== of) Object.assign(press, { of, key: newKey() });
  return press.key;
}

function effectOf(name: ActionName, { amount, userId }: Detail, wish: Wish | null): string {
  const sum = amount && amount.amount > 0 ? moneyText(amount) : 'no money';
  switch (name) {
    case 'recover':
      return `The gateway is asked now about ${sum} of ${userId}, and the operation is settled by its answer. The charge has one key, so asking again cannot charge twice.`;
    case 'cancel':
      return `${sum} of ${userId} will not be charged: the charge is ended at the gateway first, then here.`;
    case 'resolve':
      if (wish?.name !== 'resolve') return `You say what became of ${sum} of ${userId}. The gateway is not asked.`;
      return wish.outcome === 'charged'
        ? `${userId} counts as charged ${sum}, and what was asked for becomes true. The gateway is not asked.`
        : `${userId} counts as not charged ${sum}, and nothing becomes true of what was asked for. The gateway is not asked.`;
    case 'refund':
      if (wish?.name !== 'refund') return `Money of ${userId} is given back, of ${sum} that were charged.`;
      return `${wish.amount ? moneyText(wish.amount) : 'All that is left'} of what ${userId} paid goes ${wish.to === 'card' ? 'back to the card' : 'into their credit'}. The subscription stays as it is.`;
  }
}

function confirmText(label: string, wish: Wish | null): string {
  if (wish?.name === 'resolve') return `${label} as ${inWords(wish.outcome)}`;
  if (wish?.name === 'refund') return wish.amount ? `${label} ${moneyText(wish.amount)}` : `${label} all that is left`;
  return label;
}

function WhoWasFaster({ seen, now }: { seen: Detail; now: Detail }) {
  const known = new Set(seen.audit.map(({ id }) => id));
  const others = now.audit.filter(({ id }) => !known.has(id));
  const stands = `It stands at “${inWords(now.status)}” now.`;
  return (
    <Notice tone="wait" title="Somebody was here first">
      {others.length === 0
        ? `It moved by itself while you were looking. ${stands}`
        : `${others.map(({ actor, action, reason }) => `${actor}: ${inWords(action.replace('operation.', ''))}, “${reason}”.`).join(' ')} ${stands}`}
    </Notice>
  );
}

function Outcome({ operation }: { operation: Schemas['Operation'] }) {
  const open = operation.settledAt === null;
  return (
    <Notice tone={open ? 'doubt' : 'good'} title={`Done. It stands at “${inWords(operation.status)}”`}>
      {open
        ? 'It is still open: the gateway gave no definite answer, and is asked again by itself.'
        : `The money: ${operation.charged === 'yes' ? 'charged' : 'not charged'}.`}
    </Notice>
  );
}
