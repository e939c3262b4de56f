import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Time } from './time.tsx';

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

/** What went wrong in words, and the one thing that can be done about it. Where something from before is still shown: of when that is. */
export function Failure({ error, retry, readAt = null }: { error: unknown; retry?: () => void; readAt?: string | null }) {
  return (
    <div className="notice bad" role="alert">
      {readAt === null ? (
        <strong>That did not work</strong>
      ) : (
        <strong>
          What is shown is of <Time at={readAt} as="both" />: it could not be read again
        </strong>
      )}
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {retry ? (
        <Button compact onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}
