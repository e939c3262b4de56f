import type { ReactNode } from 'react';
import { Button } from './button.tsx';

export type Tone = 'good' | 'bad' | 'wait' | 'doubt' | 'calm';

/** Something to be told at once, also to those who do not see it. */
export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

export function Loading({ what }: { what: string }) {
  return (
    <p className="empty" role="status">
      {what} …
    </p>
  );
}

/** What went wrong in words, and the one thing that can be done about it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <strong>That did not work</strong>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {retry ? (
        <Button compact onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}
