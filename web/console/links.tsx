import { Link } from 'wouter';
import { Identifier } from '../design/design.ts';

/** A user's id, which leads to all that is known about them. */
export function UserLink({ id }: { id: string }) {
  return <Identifier id={id} of="the user" around={(short) => <Link href={pathOfUser(id)}>{short}</Link>} />;
}

export function OperationLink({ id }: { id: string }) {
  return <Identifier id={id} of="the operation" around={(short) => <Link href={`/operations/${id}`}>{short}</Link>} />;
}

/** Users are called whatever those who issue their tokens call them: slashes and signs of question included. */
function pathOfUser(id: string): string {
  return `/users/${encodeURIComponent(id)}`;
}

/** The id in the address of a user's page. The router has half of it decoded already, so it is read where it stands as it was written. */
export function userInAddress(): string {
  const [, id = ''] = /\/users\/(.+)$/.exec(location.pathname) ?? [];
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
