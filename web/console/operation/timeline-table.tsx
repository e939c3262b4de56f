import { countText, Table, Time, type Column } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { durationText } from '../durations.ts';
import { inWords, textOf } from '../words.ts';
import { at } from './lanes.ts';

type Detail = Schemas['OperationDetail'];

interface Step {
  key: string;
  at: string;
  sinceMs: number;
  what: string;
  detail: string;
}

/** Every step as it was written down, for those who would rather read than look. */
export function TimelineTable({ operation }: { operation: Detail }) {
  const first = Date.parse(operation.createdAt);
  const inOrder = operation.timeline.toSorted((one, other) => at(one) - at(other));
  const steps = inOrder.map((happening, index): Step => {
    const [what, detail] = wordsOf(happening.type, happening.data);
    const atMs = at(happening);
    return { key: String(index), at: new Date(atMs).toISOString(), sinceMs: atMs - first, what, detail };
  });
  return (
    <details>
      <summary>The same as a table, {countText(steps.length, 'step')}</summary>
      <Table caption="Steps of the operation, in order" columns={COLUMNS} rows={steps} keyOf={({ key }) => key} />
    </details>
  );
}

const COLUMNS: Column<Step>[] = [
  { header: 'Time', cell: ({ row }) => <Time at={row.original.at} /> },
  { header: 'After', cell: ({ row }) => <span className="figures">{durationText(row.original.sinceMs)}</span> },
  { header: 'What', accessorKey: 'what' },
  { header: 'Details', accessorKey: 'detail' },
];

type Data = Record<string, unknown>;

const WORDS: Record<string, (data: Data) => [what: string, detail: string]> = {
  recorded: ({ requestId }) => ['Recorded', requestId ? `by ${textOf(requestId)}` : 'by the service itself'],
  'request.joined': ({ requestId }) => ['A request joined', textOf(requestId)],
  'request.answered': ({ requestId, status }) => ['Answered before the outcome', `${textOf(status)} to ${textOf(requestId)}`],
  'lease.extended': () => ['The lease was extended', 'its holder is alive'],
  'lease.unavailable': () => ['No lease could be had', 'the database alone kept others away'],
  taken_over: ({ by, fence }) => ['Taken over', `by ${textOf(by)}, fence ${textOf(fence)}`],
  'gateway.answered': ({ asked, outcome, durationMs }) => {
    const { kind, why } = outcome as { kind: string; why?: string };
    return [`Gateway: ${inWords(textOf(asked))}`, `${inWords(kind)}${why ? `, ${why}` : ''}, after ${durationText(Number(durationMs))}`];
  },
  settled: ({ status }) => ['Committed', inWords(textOf(status))],
  resolved: ({ by, outcome }) => ['Resolved by evidence', `${inWords(textOf(outcome))}, by ${textOf(by)}`],
};

function wordsOf(type: string, data: Data): [string, string] {
  return (
    WORDS[type]?.(data) ?? [
      inWords(type),
      Object.entries(data)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join(', '),
    ]
  );
}
