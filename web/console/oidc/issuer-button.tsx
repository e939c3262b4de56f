import { useState } from 'react';
import { Button, Failure } from '../../design/design.ts';
import type { Issuer } from './settings.ts';
import { leave } from './way.ts';

/** The account that people have already, where the service names an issuer. */
export function IssuerButton({ issuer }: { issuer: Issuer }) {
  const [leaves, setLeaves] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const go = () => {
    setLeaves(true);
    setRefused(null);
    leave(issuer).catch((error: unknown) => {
      setLeaves(false);
      setRefused(error);
    });
  };
  return (
    <>
      {refused === null ? null : <Failure error={refused} />}
      <Button look="primary" disabled={leaves} onClick={go}>
        Sign in at {new URL(issuer.issuer).host}
      </Button>
    </>
  );
}
