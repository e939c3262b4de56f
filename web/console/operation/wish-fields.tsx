import { useId } from 'react';
import { moneyText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import type { ActionName } from './actions.tsx';
import type { Wish } from './acts.ts';

type Detail = Schemas['OperationDetail'];

/** What is typed and chosen, as it stands in the fields. */
export interface Particulars {
  outcome: 'charged' | 'not_charged' | null;
  gatewayReference: string;
  amount: string;
  to: 'card' | 'credit';
}

/** Null while something is missing, or is no amount. */
export function meantBy(name: ActionName, { outcome, gatewayReference, amount, to }: Particulars, operation: Detail): Wish | null {
  if (name === 'recover' || name === 'cancel') return { name };
  if (name === 'resolve') {
    if (outcome === null) return null;
    const reference = gatewayReference.trim();
    return { name, outcome, ...(outcome === 'charged' && reference !== '' ? { gatewayReference: reference } : {}) };
  }
  if (amount.trim() === '') return { name, to };
  const minorUnits = operation.amount ? minorUnitsIn(amount, operation.amount.currency) : null;
  return minorUnits === null || !operation.amount
    ? null
    : { name, to, amount: { amount: minorUnits, currency: operation.amount.currency } };
}

interface WishFieldsProps {
  name: ActionName;
  operation: Detail;
  value: Particulars;
  onChange: (value: Particulars) => void;
}

/** What an action needs to know besides its reason. */
export function WishFields({ name, operation, value, onChange }: WishFieldsProps) {
  const field = useId();
  const set = (change: Partial<Particulars>) => onChange({ ...value, ...change });
  if (name === 'resolve') {
    return (
      <>
        <Choices
          legend={operation.kind === 'refund' ? 'Is the customer still charged?' : 'Was the customer charged?'}
          choices={{ charged: 'Yes, the gateway shows the charge', not_charged: 'No, the gateway shows none' }}
          value={value.outcome}
          onChange={(outcome) => set({ outcome })}
        />
        {value.outcome === 'charged' ? (
          <div className="field">
            <label htmlFor={field}>Id of the charge at the gateway, where you have it</label>
            <input
              id={field}
              className="input mono"
              autoComplete="off"
              value={value.gatewayReference}
              onChange={(event) => set({ gatewayReference: event.target.value })}
            />
          </div>
        ) : null}
      </>
    );
  }
  if (name !== 'refund' || !operation.amount) return null;
  return (
    <>
      <div className="field">
        <label htmlFor={field}>Amount in {operation.amount.currency}; empty for all that is left</label>
        <input
          id={field}
          className="input figures"
          inputMode="decimal"
          autoComplete="off"
          placeholder={`all, of ${moneyText(operation.amount)}`}
          aria-invalid={value.amount.trim() !== '' && meantBy(name, value, operation) === null}
          value={value.amount}
          onChange={(event) => set({ amount: event.target.value })}
        />
      </div>
      <Choices
        legend="Where it goes"
        choices={{ card: 'Back to the card that paid', credit: "Into the user's credit" }}
        value={value.to}
        onChange={(to) => set({ to })}
      />
    </>
  );
}

interface ChoicesProps<Choice extends string> {
  legend: string;
  choices: Record<Choice, string>;
  value: Choice | null;
  onChange: (choice: Choice) => void;
}

function Choices<Choice extends string>({ legend, choices, value, onChange }: ChoicesProps<Choice>) {
  const group = useId();
  return (
    <fieldset className="choices">
      <legend className="label">{legend}</legend>
      {(Object.entries(choices) as [Choice, string][]).map(([choice, words]) => (
        <label key={choice}>
          <input type="radio" name={group} checked={value === choice} onChange={() => onChange(choice)} /> {words}
        </label>
      ))}
    </fieldset>
  );
}

/** `12.50` as minor units of its currency, by digits and never by a float; null for what is no amount above zero. */
export function minorUnitsIn(text: string, currency: string): number | null {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const [, whole, fraction = ''] = /^\s*(\d{1,9})(?:[.,](\d+))?\s*$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > digits) return null;
  const minorUnits = Number(`${whole}${fraction.padEnd(digits, '0')}`);
  return minorUnits > 0 ? minorUnits : null;
}
