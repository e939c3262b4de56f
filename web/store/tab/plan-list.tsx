import { Button, countText, Empty, Money } from '../../design/design.ts';
import type { Plan } from '../plans.ts';
import type { Refused } from '../presses.ts';

interface PlanListProps {
  plans: Plan[];
  held: string | null;
  /** The plan that the stage's hand presses. */
  chosen: string;
  isBusy: boolean;
  naive: boolean;
  refused: Refused;
  onChoose: (planId: string) => void;
}

export function PlanList({ plans, ...rest }: PlanListProps) {
  if (plans.length === 0) return <Empty>Fetching what is on sale …</Empty>;
  return (
    <ul className="plans">
      {plans.map((plan) => (
        <PlanRow key={plan.id} plan={plan} plans={plans} {...rest} />
      ))}
    </ul>
  );
}

function PlanRow({ plan, plans, held, chosen, isBusy, naive, refused, onChoose }: PlanListProps & { plan: Plan }) {
  const isFull = plan.seats?.left === 0;
  const isHeld = held === plan.id && !naive;
  const label = isHeld ? 'Yours' : isFull ? 'Full' : held === null || naive ? 'Subscribe' : 'Change';
  const alternative = isFull && !isHeld ? alternativeTo(plan, plans, refused) : null;
  return (
    <li className={`plan ${isHeld ? 'held' : ''} ${chosen === plan.id ? 'chosen' : ''}`}>
      <div>
        <h2>{plan.name}</h2>
        <p className="soft small">
          <Money of={plan.price} free />
          {plan.price.amount > 0 ? ` a ${plan.interval}` : ''}
          {plan.seats ? ` · ${plan.seats.left} of ${countText(plan.seats.capacity, 'seat')} left` : ''}
        </p>
        {alternative ? (
          <p className="small">
            <Button compact disabled={isBusy} onClick={() => onChoose(alternative.id)}>
              Take {alternative.name} instead, <Money of={alternative.price} />
            </Button>
          </p>
        ) : null}
      </div>
      <Button
        compact
        look={label === 'Subscribe' ? 'primary' : 'plain'}
        disabled={isBusy || isHeld || isFull}
        onClick={() => onChoose(plan.id)}
        aria-label={`${label} ${plan.name}`}
      >
        {label}
      </Button>
    </li>
  );
}

/** What the service offers in place of a full plan; before it was asked, the next of the family that has a seat. */
function alternativeTo(plan: Plan, plans: Plan[], refused: Refused): Plan | null {
  const offered = refused?.code === 'plan-full' ? (refused.alternatives ?? []).map(({ planId }) => planId) : [];
  const family = plans.filter(({ id, family: of, seats }) => id !== plan.id && of !== null && of === plan.family && seats?.left !== 0);
  return family.find(({ id }) => offered.includes(id)) ?? family[0] ?? null;
}
