/**
 * The `code` of a system error (`ENOENT`) or of a Postgres error (`3D000`); undefined when it has none. Asks for no `instanceof
 * Error`: errors of Node's own modules belong to another realm when this runs inside `node:vm`, as under Jest.
 */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
