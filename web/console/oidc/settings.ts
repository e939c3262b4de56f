/** Where people sign in with an account that they have already, and as which client the console asks there. */
export interface Issuer {
  /** As the issuer writes it into its tokens. */
  issuer: string;
  clientId: string;
  /** With spaces between. */
  scopes: string;
  /** Who the token must be for; issuers that can make tokens for several services go by it. */
  audience: string;
}

interface SignInSettings {
  /** The claim that holds the roles. */
  rolesClaim: string;
  /** null: a token is pasted. */
  issuer: Issuer | null;
}

/** What the service wrote into the page. Of pages that it did not serve, the defaults. */
export const settings: SignInSettings = {
  rolesClaim: 'roles',
  issuer: null,
  ...(JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="counterfoil-sign-in"]')?.content || '{}') as Partial<SignInSettings>),
};
