import { useState } from 'react';
import { Button, ThemeSwitch } from '../design/design.ts';
import { Controls } from './controls.tsx';
import { Counters } from './counters.tsx';
import { GatewayCharges, useCharges } from './gateway-charges.tsx';
import { useStanding } from './live.ts';
import { usePersisted } from './persisted.ts';
import { useScene } from './scene.ts';
import { settings } from './settings.ts';
import { newShopper, useShopper } from './shopper.ts';
import { Waterfall } from './waterfall.tsx';

const TAB_NAMES = ['Tab A', 'Tab B', 'Tab C', 'Tab D'];

/** The race, visible: tabs of one customer side by side, what is done to them, and what came of it at the gateway. */
export function Stage() {
  const shopper = useShopper();
  const standing = useStanding(shopper);
  const { presses, operations } = useScene(standing);
  const charges = useCharges(shopper, presses, standing.told);
  const { naive } = usePersisted(settings);
  const [tabs, setTabs] = useState(2);
  const leaveAll = () => void newShopper();

  return (
    <>
      <a className="skip" href="#tabs">
        Skip to the tabs
      </a>
      <header className="masthead">
        <p className="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect x="2" y="6" width="28" height="20" rx="4" />
            <path d="M12 7v18" className="perforation" />
            <path d="M16.5 16.5l3 3 6-7" className="tick" />
          </svg>
          Counterfoil
        </p>
        <nav aria-label="Other pages">
          <a href="/console">Console</a>
          <a href="/docs">API</a>
        </nav>
        <ThemeSwitch />
      </header>
      <main className="stage" aria-label="The stage">
        <div className="opening">
          <div>
            <h1>Press as often as you like. The card is charged once.</h1>
            <p className="soft">
              Below are real tabs of one made-up customer in a real shop, on a gateway that only plays with money. Race them, break the
              gateway, kill the server.
            </p>
          </div>
          <Counters presses={presses} operations={operations} charges={charges} naive={naive} />
        </div>
        <Controls shopper={shopper} standing={standing} tabs={tabs} onTabs={setTabs} maxTabs={TAB_NAMES.length} />
        <section id="tabs" className="tabs" aria-label="Tabs of the customer" tabIndex={-1}>
          {TAB_NAMES.slice(0, tabs).map((name) => (
            <figure key={name} className={`window card ${naive ? 'unprotected' : ''}`}>
              <figcaption>
                <span aria-hidden="true" className="lights" />
                <span>{name}</span>
                <a className="small" href={`/store/tab?name=${encodeURIComponent(name)}`} target="_blank" rel="noopener noreferrer">
                  open as a tab of its own
                </a>
              </figcaption>
              <iframe title={`${name} of the customer`} src={`/store/tab?name=${encodeURIComponent(name)}`} />
            </figure>
          ))}
        </section>
        <div className="findings">
          <Waterfall presses={presses} operations={operations} />
          <GatewayCharges charges={charges} />
        </div>
        <footer className="soft small">
          <span>
            Customer <code>{shopper?.userId ?? '…'}</code>
          </span>
          <Button compact onClick={leaveAll}>
            A new customer
          </Button>
        </footer>
      </main>
    </>
  );
}
