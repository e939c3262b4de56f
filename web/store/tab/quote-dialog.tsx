import { Button, Dialog, Money, Time } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import type { Plan } from '../plans.ts';

type Quote = Schemas['Quote'];

interface QuoteDialogProps {
  quote: Quote | null;
  plans: Plan[];
  isBusy: boolean;
  onClose: () => void;
  onConfirm: (quote: Quote) => void;
}

const LINES: Record<Quote['lines'][number]['type'], string> = {
  plan: 'The new plan',
  unused_time: 'Unused time of the old plan',
  credit_granted: 'Becomes credit',
  credit_applied: 'Paid with credit',
};

/** What a change costs, line by line, before it is made. What is agreed to here is charged, or nothing. */
export function QuoteDialog({ quote, plans, isBusy, onClose, onConfirm }: QuoteDialogProps) {
  if (quote === null) return null;
  const name = plans.find(({ id }) => id === quote.planId)?.name ?? quote.planId;
  const now = quote.effective !== 'period_end';
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Change to ${name}?`}
      description={now ? 'At once. Exactly this is charged, or nothing.' : 'At the end of what is paid for. Nothing is charged today.'}
      actions={
        <>
          <Button onClick={onClose}>Keep what I have</Button>
          <Button look="primary" disabled={isBusy} onClick={() => onConfirm(quote)}>
            {quote.dueNow.amount > 0 ? (
              <>
                Pay <Money of={quote.dueNow} />
              </>
            ) : (
              'Confirm'
            )}
          </Button>
        </>
      }
    >
      <dl className="quote figures">
        {quote.lines.map(({ type, amount }) => (
          <div key={type}>
            <dt>{LINES[type]}</dt>
            <dd>
              <Money of={amount} />
            </dd>
          </div>
        ))}
        <div className="total">
          <dt>Due now</dt>
          <dd>
            <Money of={quote.dueNow} />
          </dd>
        </div>
        <div className="soft">
          <dt>
            Next, on <Time at={quote.next.at} as="date" />
          </dt>
          <dd>
            <Money of={quote.next.amount} />
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}
