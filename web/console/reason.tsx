import { useId } from 'react';

/** What the service asks for, so that whoever reads the audit learns something. */
export const MIN_REASON_CHARACTERS = 8;
const MAX_REASON_CHARACTERS = 1_000;

interface ReasonProps {
  value: string;
  onChange: (reason: string) => void;
  label?: string;
}

/** Why something is done. It is kept in the audit, beside the name of who did it. */
export function Reason({ value, onChange, label = 'Reason, for the audit' }: ReasonProps) {
  const field = useId();
  const missing = MIN_REASON_CHARACTERS - value.trim().length;
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      <textarea
        id={field}
        className="textarea"
        required
        minLength={MIN_REASON_CHARACTERS}
        maxLength={MAX_REASON_CHARACTERS}
        aria-describedby={`${field}-hint`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <span id={`${field}-hint`} className="soft small">
        {missing > 0 ? `At least ${MIN_REASON_CHARACTERS} characters; ${missing} to go.` : 'Others will read this.'}
      </span>
    </div>
  );
}
