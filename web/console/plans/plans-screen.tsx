import { useState } from 'react';
import { Link } from 'wouter';
import { Button, countText, Empty, Identifier, moneyText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { NewPlan } from './new-plan.tsx';
import { PlanDialog } from './plan-dialog.tsx';
import { usePlans } from './use-plans.ts';
import { SeatBar } from './seat-bar.tsx';
import '../operation/operation.css';
import '../operations/operations.css';

type Plan = Schemas['ListedPlan'];

/** What is sold, how full it is, and what is offered instead of what is full. */
export function PlansScreen({ who }: { who: SignedIn }) {
  const reading = usePlans(who);
  const { refetch } = reading;
  const [chosen, setChosen] = useState<Plan | null>(null);
  const [begun, setBegun] = useState(false);
  const look = async (id: string) => (await refetch()).data?.data.find((plan) => plan.id === id);
  return (
    <>
      <div className="screen-head">
        <h1>Plans and seats</h1>
        <Button compact disabled={!who.may('admin')} onClick={() => setBegun(true)}>
          New plan
        </Button>
      </div>
      <Shown reading={reading} waiting="Reading the catalogue">
        {({ data: plans }) =>
          plans.length > 0 ? (
            <Catalogue plans={plans} who={who} onChange={setChosen} />
          ) : (
            <div className="card">
              <Empty>There is no plan yet. An admin puts the first one into the catalogue.</Empty>
            </div>
          )
        }
      </Shown>
      {begun ? <NewPlan who={who} onMade={() => void refetch()} onClose={() => setBegun(false)} /> : null}
      {chosen ? <PlanDialog key={chosen.id} seen={chosen} who={who} look={look} onClose={() => setChosen(null)} /> : null}
    </>
  );
}

function Catalogue({ plans, who, onChange }: { plans: Plan[]; who: SignedIn; onChange: (plan: Plan) => void }) {
  const may = who.may('admin');
  return (
    <>
      <div className="scroll card" tabIndex={0} role="region" aria-label="Plans">
        <table className="table plans">
          <caption className="unseen">Plans, in order of creation</caption>
          <thead>
            <tr>
              {['Plan', 'Price', 'Seats', 'State', 'Family', 'Instead, when full', ''].map((name) => (
                <th key={name} scope="col">
                  {name === '' ? <span className="unseen">Change it</span> : name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {plans.map((plan) => (
              <tr key={plan.id}>
                <td>
                  <span className="name">
                    <strong>{plan.name}</strong>
                    <Identifier id={plan.id} of="the plan" around={(short) => <Link href={`/?planId=${plan.id}`}>{short}</Link>} />
                  </span>
                </td>
                <td className="figures">{priceText(plan)}</td>
                <td>
                  <SeatBar seats={plan.seats} />
                </td>
                <td>
                  <States plan={plan} />
                </td>
                <td>{plan.family ?? <span className="soft">–</span>}</td>
                <td>
                  <Alternatives plan={plan} />
                </td>
                <td>
                  <Button
                    compact
                    disabled={!may}
                    aria-label={`Change ${plan.name}`}
                    aria-describedby="who-may"
                    onClick={() => onChange(plan)}
                  >
                    Change
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p id="who-may" className="soft small">
        {may ? 'What is already sold keeps its price, whatever is changed here.' : 'Changing the catalogue needs the role admin.'}
      </p>
    </>
  );
}

function States({ plan: { onSale, seats } }: { plan: Plan }) {
  return (
    <span className="on-off">
      <span className={`badge ${onSale ? 'good' : 'calm'}`}>{onSale ? 'on sale' : 'not on sale'}</span>
      {seats?.left === 0 ? <span className="badge bad">full</span> : null}
    </span>
  );
}

function Alternatives({ plan: { alternatives } }: { plan: Plan }) {
  if (alternatives.length === 0) return <span className="soft">nothing</span>;
  return (
    <ul className="alternatives">
      {alternatives.map(({ planId, left, price }) => (
        <li key={planId}>
          {planId}, {moneyText(price)}
          <span className="soft">{left === null ? '' : `, ${left} left`}</span>
        </li>
      ))}
    </ul>
  );
}

function priceText({ price, interval, trialDays }: Plan): string {
  const often = `${price.amount === 0 ? 'free' : moneyText(price)} a ${interval}`;
  return trialDays > 0 ? `${often}, ${countText(trialDays, 'day')} on trial` : often;
}
