import { useState } from 'react';
import { Button } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import type { Role, SignedIn } from '../session.ts';
import { ActionDialog } from './action-dialog.tsx';
import type { Wish } from './acts.ts';

type Detail = Schemas['OperationDetail'];
export type ActionName = Wish['name'];

interface Manner {
  label: string;
  needs: Role;
  look: 'primary' | 'plain' | 'danger';
  effect: string;
}

/** What the service offers, in words; whether it can be done now the service says itself. */
export const MANNERS: Record<ActionName, Manner> = {
  recover: { label: 'Recover', needs: 'operator', look: 'primary', effect: 'Asks the gateway now and settles by its answer.' },
  resolve: { label: 'Resolve', needs: 'admin', look: 'plain', effect: 'Ends it by what you found out at the gateway yourself.' },
  cancel: { label: 'Cancel', needs: 'operator', look: 'danger', effect: 'Ends it before money moves, at the gateway too.' },
  refund: { label: 'Refund', needs: 'operator', look: 'danger', effect: 'Gives back what was paid, in part or all that is left.' },
};

/** What can be done, and where it cannot, why not. */
export function Actions({ operation, who, look }: { operation: Detail; who: SignedIn; look: () => Promise<Detail> }) {
  const [asked, setAsked] = useState<ActionName | null>(null);
  const offers = operation.actions.filter((offer): offer is typeof offer & { name: ActionName } => offer.name in MANNERS);
  return (
    <section className="card panel" aria-labelledby="actions">
      <h2 id="actions">What you can do</h2>
      <ul className="actions">
        {offers.map(({ name, enabled, disabledReason }) => {
          const { label, needs, look: manner, effect } = MANNERS[name];
          const refused = disabledReason ?? (who.may(needs) ? null : `This needs the role ${needs}.`);
          return (
            <li key={name}>
              <Button
                compact
                look={manner}
                disabled={!enabled || refused !== null}
                aria-describedby={`about-${name}`}
                onClick={() => setAsked(name)}
              >
                {label}
              </Button>
              <span id={`about-${name}`} className="soft small">
                {refused ?? effect}
              </span>
            </li>
          );
        })}
      </ul>
      {asked ? <ActionDialog key={asked} name={asked} seen={operation} who={who} look={look} onClose={() => setAsked(null)} /> : null}
    </section>
  );
}
