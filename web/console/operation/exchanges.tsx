import { Empty, Time } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { durationText } from '../durations.ts';
import { inWords, textOf } from '../words.ts';

/** What the gateway was asked and what it said; the service has taken secrets out before it wrote this down. */
export function Exchanges({ operation }: { operation: Schemas['OperationDetail'] }) {
  const exchanges = operation.timeline.filter(({ type }) => type === 'gateway.answered');
  return (
    <section className="card panel" aria-labelledby="exchanges">
      <h2 id="exchanges">Said with the gateway</h2>
      {exchanges.length === 0 ? <Empty>The gateway was not asked, or no answer is written down yet.</Empty> : null}
      <ol className="exchanges">
        {exchanges.map(({ at, data }, index) => {
          const { asked, outcome, durationMs, httpStatus, requestId } = data;
          const { kind } = outcome as { kind: string };
          return (
            <li key={index}>
              <details>
                <summary>
                  <Time at={at} /> <strong>{inWords(textOf(asked))}</strong> → <strong>{inWords(kind)}</strong>
                  <span className="soft">
                    {' '}
                    {durationText(Number(durationMs))}
                    {httpStatus === undefined ? ', no answer over HTTP' : `, HTTP ${textOf(httpStatus)}`}
                    {requestId === undefined ? '' : `, ${textOf(requestId)}`}
                  </span>
                </summary>
                <pre tabIndex={0} aria-label={`Exchange ${index + 1}, as it was written down`}>
                  {JSON.stringify(data, null, 2)}
                </pre>
              </details>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
