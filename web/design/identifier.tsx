import { useState, type ReactNode } from 'react';

const SAID_FOR_MS = 1_500;

interface IdentifierProps {
  id: string;
  /** Whose id it is, for those who hear it. */
  of: string;
  /** What the shortened id stands in, such as a link. */
  around?: (shortened: string) => ReactNode;
}

/** An id, shortened in the middle for the eye; the button copies the whole of it. */
export function Identifier({ id, of, around }: IdentifierProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(id).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SAID_FOR_MS);
    });
  };
  return (
    <span className="identifier">
      <code title={id}>{around ? around(shortened(id)) : shortened(id)}</code>
      <button type="button" className="copy" onClick={copy} aria-label={`Copy the id of ${of}`}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          {copied ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />}
        </svg>
      </button>
      <span className="unseen" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  );
}

function shortened(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, id.indexOf('_') + 1 || 4)}…${id.slice(-6)}`;
}
