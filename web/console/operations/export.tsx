import { useMutation } from '@tanstack/react-query';
import { Button } from '../../design/design.ts';
import type { SignedIn } from '../session.ts';
import type { Filter } from './address.ts';
import { askForAll, EXPORT_MAX_ROWS } from './ask.ts';
import { csvOf, download } from './csv.ts';

/** All that the filter leaves, not only what is on the page, as a file. */
export function Export({ who, filter }: { who: SignedIn; filter: Filter }) {
  const { mutate, isPending, error, data } = useMutation({
    mutationFn: async () => {
      const all = await askForAll(who, filter);
      download(csvOf(all.operations), `operations-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.csv`);
      return all;
    },
  });
  return (
    <span className="export">
      <span className="soft small" role="status">
        {error ? `Not exported: ${error.message}` : null}
        {data?.more ? `Only the first ${EXPORT_MAX_ROWS} were exported; narrow the filter down.` : null}
      </span>
      <Button compact onClick={() => mutate()} disabled={isPending}>
        {isPending ? 'Exporting …' : 'Export CSV'}
      </Button>
    </span>
  );
}
