import { Identifier, Money, StatusBadge } from '../../design/design.ts';
import { Ago } from '../ago.tsx';
import { OperationLink, UserLink } from '../links.tsx';
import { CHARGED, CHARGED_TONES, inWords, plansText } from '../words.ts';
import type { Address } from './address.ts';
import type { Row } from './steady-rows.ts';
import { Took } from './took.tsx';

interface OperationsTableProps {
  address: Address;
  rows: Row[];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
  /** Somebody points at the rows or works in them, or does not any more. */
  onHold: (held: boolean) => void;
}

export function OperationsTable({ address, rows, chosen, onChoose, onHold }: OperationsTableProps) {
  const open = rows.filter(isOpen).map(({ operation }) => operation.id);
  const all = open.length > 0 && open.every((id) => chosen.has(id));
  const oldestFirst = address.filter.sort === 'createdAt';
  return (
    <div className="scroll card" tabIndex={0} role="region" aria-label="Operations">
      <table className="table operations">
        <caption className="unseen">Operations, the {oldestFirst ? 'oldest' : 'newest'} first</caption>
        <thead>
          <tr>
            <th scope="col">
              <input
                type="checkbox"
                aria-label="Choose all open operations of this page"
                disabled={open.length === 0}
                checked={all}
                onChange={() => onChoose(new Set(all ? [] : open))}
              />
            </th>
            <th scope="col">Operation</th>
            <th scope="col">Status</th>
            <th scope="col" aria-sort={oldestFirst ? 'ascending' : 'descending'}>
              <button type="button" className="sort" onClick={() => address.change({ sort: oldestFirst ? '' : 'createdAt' })}>
                Started <span aria-hidden="true">{oldestFirst ? '↑' : '↓'}</span>
              </button>
            </th>
            <th scope="col">Kind</th>
            <th scope="col">User</th>
            <th scope="col">Plan</th>
            <th scope="col" className="right">
              Amount
            </th>
            <th scope="col">Charged</th>
            <th scope="col">Gateway</th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- nothing is done by it: rows stay in their places while somebody is among them */}
        <tbody
          onPointerEnter={() => onHold(true)}
          onPointerLeave={({ currentTarget }) => onHold(currentTarget.contains(document.activeElement))}
          onFocus={() => onHold(true)}
          onBlur={({ currentTarget, relatedTarget }) => onHold(currentTarget.contains(relatedTarget) || currentTarget.matches(':hover'))}
        >
          {rows.map((row) => (
            <OperationRow
              key={row.operation.id}
              row={row}
              chosen={chosen.has(row.operation.id)}
              onChoose={() => onChoose(toggled(chosen, row.operation.id))}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OperationRow({ row, chosen, onChoose }: { row: Row; chosen: boolean; onChoose: () => void }) {
  const { id, status, createdAt, kind, userId, amount, charged, gateway } = row.operation;
  return (
    <tr className={row.gone ? 'gone' : undefined} data-chosen={chosen || undefined}>
      <td>
        <input type="checkbox" aria-label={`Choose ${id}`} disabled={!isOpen(row) && !chosen} checked={chosen} onChange={onChoose} />
      </td>
      <td>
        <OperationLink id={id} />
      </td>
      <td>
        <StatusBadge status={status} />
      </td>
      <td className="narrow">
        <Ago at={createdAt} />
      </td>
      <td className="narrow">{inWords(kind)}</td>
      <td>
        <UserLink id={userId} />
      </td>
      <td className="narrow">{plansText(row.operation)}</td>
      <td className="right">{amount ? <Money of={amount} /> : '–'}</td>
      <td className="narrow">
        <span className={`word ${CHARGED_TONES[charged]}`}>{CHARGED[charged]}</span>
      </td>
      <td className="narrow">
        {gateway.reference === null ? gateway.name : <Identifier id={gateway.reference} of="the charge at the gateway" />}
      </td>
      <td className="narrow">
        <Took operation={row.operation} />
      </td>
    </tr>
  );
}

/** Only what is open can be recovered; a row that has left the list is not what it was. */
function isOpen({ operation, gone }: Row): boolean {
  return operation.settledAt === null && !gone;
}

function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
