import { signInBy } from '../session.ts';
import { remember, take } from './errand.ts';
import { settings, type Issuer } from './settings.ts';

/** Where the issuer sends people back to; it must be told of it. */
const RETURN_PATH = '/console/signed-in';

/** Leaves for the issuer; whoever comes back is where they were. */
export async function leave(issuer: Issuer): Promise<void> {
  const { setOut } = await import('./flow.ts');
  const { to, errand } = await setOut(issuer, `${location.origin}${RETURN_PATH}`, `${location.pathname}${location.search}`);
  remember(errand);
  location.assign(to);
}

/** Called once, before anything is shown. What is remembered of a sign-in is forgotten here, and its code leaves the address. */
export function arrive(): void {
  const errand = take();
  const { issuer } = settings;
  if (location.pathname !== RETURN_PATH || issuer === null) return;
  const arrivedAt = new URL(location.href);
  history.replaceState(null, '', errand?.cameFrom ?? '/console');
  void signInBy(import('./flow.ts').then(({ bringBack }) => bringBack(issuer, arrivedAt, errand)));
}
