/** What is known of a sign-in between leaving for the issuer and coming back. */
export interface Errand {
  /** Only an answer that bears it is an answer to this errand. */
  state: string;
  /** Only a token that bears it was made for this errand. */
  nonce: string;
  /** Shows that who exchanges the code is who asked for it. */
  verifier: string;
  /** The screen where it was begun, as a path of this page. */
  cameFrom: string;
}

const NAME = 'counterfoil-sign-in';

/** Outlives the page, because the issuer's page comes between; not the tab, and not the next page of ours. */
export function remember(errand: Errand): void {
  sessionStorage.setItem(NAME, JSON.stringify(errand));
}

/** Answers it once: whatever comes of it, it is over. */
export function take(): Errand | null {
  const text = sessionStorage.getItem(NAME);
  sessionStorage.removeItem(NAME);
  return text === null ? null : (JSON.parse(text) as Errand);
}
