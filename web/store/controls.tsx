import { useId } from 'react';
import { Button, Switch } from '../design/design.ts';
import { usePersisted } from './persisted.ts';
import { usePlans } from './plans.ts';
import { pressInEveryTab } from './presses.ts';
import { BEHAVIOURS, settings } from './settings.ts';
import type { Shopper } from './shopper.ts';
import type { Standing } from './standing.ts';
import { ServerControl } from './server-control.tsx';
import { TimeControl } from './time-control.tsx';

interface ControlsProps {
  shopper: Shopper | null;
  standing: Standing;
  tabs: number;
  onTabs: (tabs: number) => void;
  maxTabs: number;
}

const MANY = 20;

/** What is done to the tabs, to the gateway, to time and to the server. */
export function Controls({ shopper, standing, tabs, onTabs, maxTabs }: ControlsProps) {
  const chosen = usePersisted(settings);
  const plans = usePlans();
  const ids = { card: useId(), plan: useId(), means: useId() };
  const means = BEHAVIOURS.find(({ card }) => card === chosen.card)?.means;
  return (
    <section className="controls card" aria-label="What is done">
      <div className="control">
        <h2>Press</h2>
        <div className="row">
          <Button look="primary" disabled={!standing.heard} onClick={() => pressInEveryTab(1)}>
            All tabs at once
          </Button>
          <Button disabled={!standing.heard} onClick={() => pressInEveryTab(Math.ceil(MANY / tabs))}>
            {MANY} times at once
          </Button>
          <Button look="quiet" disabled={tabs === maxTabs} onClick={() => onTabs(tabs + 1)}>
            One more tab
          </Button>
        </div>
        <Switch label="Without protection" on={chosen.naive} onChange={(naive) => settings.set({ ...chosen, naive })} />
      </div>
      <div className="control">
        <h2>The gateway</h2>
        <div className="field">
          <label htmlFor={ids.card}>does this with a press</label>
          <select
            className="select"
            id={ids.card}
            aria-describedby={ids.means}
            value={chosen.card}
            onChange={({ target }) => settings.set({ ...chosen, card: target.value })}
          >
            {BEHAVIOURS.map(({ card, name }) => (
              <option key={card} value={card}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <p id={ids.means} className="soft small">
          {means}
        </p>
        <div className="field">
          <label htmlFor={ids.plan}>Plan that is pressed</label>
          <select
            className="select"
            id={ids.plan}
            value={chosen.planId}
            onChange={({ target }) => settings.set({ ...chosen, planId: target.value })}
          >
            {plans.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
      <TimeControl shopper={shopper} subscription={standing.subscription} />
      <ServerControl shopper={shopper} heard={standing.heard} />
    </section>
  );
}
