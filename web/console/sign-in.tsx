import { useId, useState, type SubmitEvent } from 'react';
import { Button, Failure, Loading, Notice, ThemeSwitch } from '../design/design.ts';
import { IssuerButton } from './oidc/issuer-button.tsx';
import { settings } from './oidc/settings.ts';
import { signIn, useSession } from './session.ts';

/** Whoever issues tokens for this service decides who gets in: they are fetched from the issuer, where one is named, or pasted. */
export function SignIn({ endedBecause }: { endedBecause: string | null }) {
  const { arrives, refused } = useSession();
  const { issuer } = settings;
  return (
    <main className="sign-in">
      <div className="card">
        <h1>Console</h1>
        {endedBecause === null ? null : (
          <Notice tone="wait" title="You were signed out">
            {endedBecause}
          </Notice>
        )}
        {refused === null ? null : <Failure error={refused} />}
        {arrives ? <Loading what="Signing in" /> : null}
        {issuer === null || arrives ? null : (
          <>
            <IssuerButton issuer={issuer} />
            <p className="soft small">Or paste a token:</p>
          </>
        )}
        {arrives ? null : <Paste />}
      </div>
    </main>
  );
}

function Paste() {
  const field = useId();
  const [refused, setRefused] = useState<unknown>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      signIn(new FormData(event.currentTarget).get('token') as string);
    } catch (error) {
      setRefused(error);
    }
  };
  return (
    <form onSubmit={submit}>
      {settings.issuer === null ? <WhereTokensAre /> : null}
      <div className="field">
        <label htmlFor={field}>Token</label>
        <input className="input mono" id={field} name="token" type="password" autoComplete="off" required />
      </div>
      <p className="soft small">The token stays in the memory of this page: whoever reloads it signs in again.</p>
      {refused === null ? null : <Failure error={refused} />}
      <footer>
        <ThemeSwitch />
        <Button look={settings.issuer === null ? 'primary' : 'plain'} type="submit">
          Sign in
        </Button>
      </footer>
    </form>
  );
}

function WhereTokensAre() {
  return (
    <>
      <p className="soft">
        Paste a token with the role <code>viewer</code>, <code>operator</code> or <code>admin</code>. In sandbox mode the service prints one
        when it starts, or:
      </p>
      <pre tabIndex={0} aria-label="Command that issues a token">
        npx counterfoil token --user me --role admin
      </pre>
    </>
  );
}
