/** A moment, in the reader's own zone; the exact one is in the tooltip. */
export function Time({ at, as = 'time' }: { at: string; as?: 'date' | 'time' | 'both' }) {
  return (
    <time dateTime={at} title={at} className="figures">
      {FORMATS[as].format(new Date(at))}
    </time>
  );
}

const FORMATS = {
  date: new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }),
  time: new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
  both: new Intl.DateTimeFormat('en', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }),
};
