import type { Group } from './guard.js';

const FLOW = 'web/console/oidc/flow.ts';
const SIGN_IN = 'test/web/console/sign-in.test.ts';
const CALLER = 'test/api/caller.test.ts';
const TOKENS = 'test/api/console-sign-in.test.ts';

export const signIn: Group = {
  title: 'Signing in to the console',
  guards: [
    {
      id: 'oidc-state',
      name: 'An answer of the issuer is one to the errand of this tab: its state',
      at: '`bringBack`',
      remove: [{ file: FLOW, find: 'arrivedAt, errand.state)', replace: 'arrivedAt, oauth.skipStateCheck)' }],
      test: { file: SIGN_IN, name: 'an answer %s is refused before its code is sent anywhere' },
      without: 'a link signs whoever follows it in as somebody else, who sees what they do',
    },
    {
      id: 'oidc-nonce',
      name: '… its token was made for it: the nonce',
      at: '`bringBack`',
      remove: [
        {
          file: FLOW,
          find: 'expectedNonce: errand.nonce',
          replace: "expectedNonce: JSON.parse(atob((await given.clone().json()).id_token.split('.')[1])).nonce",
        },
      ],
      test: { file: SIGN_IN, name: 'a token that was made for another errand is refused' },
      without: 'a code that was taken from somebody else signs in as them',
    },
    {
      id: 'oidc-verifier',
      name: '… and whoever exchanges the code is who asked for it: PKCE by SHA-256',
      at: '`setOut`',
      remove: [{ file: FLOW, find: 'verifier: oauth.generateRandomCodeVerifier()', replace: "verifier: 'v'.repeat(43)" }],
      test: { file: SIGN_IN, name: 'a code without the verifier of its errand is worth nothing' },
      without: 'whoever sees the address that the browser comes back to can sign in',
    },
    {
      id: 'oidc-own-tab',
      name: 'Without an errand nobody is asked',
      at: '`bringBack`',
      remove: [
        {
          file: FLOW,
          find: 'if (errand === null) throw',
          replace:
            "errand ??= { state: arrivedAt.searchParams.get('state') ?? '', nonce: '', verifier: 'v'.repeat(43), cameFrom: '' };\n    if (!errand) throw",
        },
      ],
      test: { file: SIGN_IN, name: 'an answer that this tab did not ask for is refused before anybody is asked' },
      without: 'codes that others planted are sent on',
    },
    {
      id: 'oidc-once',
      name: 'What is remembered for the way there and back is forgotten by whoever asks for it',
      at: '`take`',
      remove: [{ file: 'web/console/oidc/errand.ts', find: 'sessionStorage.removeItem(NAME);', replace: '' }],
      test: {
        file: 'test/web/console/errand.test.ts',
        name: 'an errand is over once it was asked for: its answer counts once, and nothing of it is kept',
      },
      without: 'the verifier of a sign-in stays where any script of the page finds it',
    },
    {
      id: 'oidc-own-address',
      name: 'Nobody is led to another address than the issuer’s own',
      at: '`discover`',
      remove: [{ file: FLOW, find: '|| new URL(endpoint).origin !== address.origin)', replace: ')' }],
      test: { file: SIGN_IN, name: 'an issuer whose %s is not its own: nobody is sent there' },
      without: 'a document that was tampered with sends people and their codes elsewhere',
    },
    {
      id: 'oidc-policy',
      name: 'The console’s page speaks to the service and the issuer’s origin alone',
      at: '`consoleOf`',
      remove: [
        { file: 'src/api/web-pages.ts', find: "`'self' ${new URL(issuer).origin}`", replace: "`'self' https: ${new URL(issuer).origin}`" },
      ],
      test: { file: TOKENS, name: 'may speak to the service and to the issuer’s origin, and to nobody else' },
      without: 'a script that got into the page can send the token anywhere',
    },
    {
      id: 'token-signature',
      name: 'A token is believed when it was signed with the secret',
      at: '`bySecret`',
      remove: [{ file: 'src/api/token.ts', find: 'more.length > 0 || !isSame(signature, expected)', replace: 'isSame(header, expected)' }],
      test: { file: CALLER, name: 'a signature that is cut, changed or made with another secret is refused' },
      without: 'anybody writes a token for anybody',
    },
    {
      id: 'token-header',
      name: '… as its header says, which asks for nothing that is not understood here',
      at: '`bySecret`',
      remove: [
        {
          file: 'src/api/token.ts',
          find: "protectedHeader.alg !== 'HS256' || protectedHeader.crit !== undefined",
          replace: "protectedHeader.alg === 'none'",
        },
      ],
      test: { file: CALLER, name: 'a header that %s is refused, whoever signed it' },
      without: 'what the issuer said must be looked at is passed over',
    },
    {
      id: 'token-audience',
      name: 'A token of the issuer is believed when it was made for this service',
      at: '`tokenReader`',
      remove: [{ file: 'src/api/token.ts', find: '...(trust.audience === null ? {} : { audience: trust.audience }),', replace: '' }],
      test: { file: TOKENS, name: 'is not believed when it was made for %s' },
      without: 'a token of any other service of the same issuer opens this one',
    },
    {
      id: 'id-token-is-none',
      name: '… and a configuration by which an ID token would pass for one is refused',
      remove: [
        {
          file: 'src/platform/config-rules.ts',
          find: 'v.CONSOLE_OIDC_CLIENT_ID !== null && v.AUTH_AUDIENCE === v.CONSOLE_OIDC_CLIENT_ID',
          replace: 'v.CONSOLE_OIDC_CLIENT_ID !== null && v.AUTH_AUDIENCE === null',
        },
      ],
      test: { file: 'test/platform/config.test.ts', name: '… and an ID token is no access token' },
      without: 'what says who signed in elsewhere lets them act here',
    },
    {
      id: 'roles-in-a-list',
      name: 'Roles are read from the claim that is named, as a list and by their whole names',
      at: '`rolesIn`',
      remove: [
        {
          file: 'src/api/token.ts',
          find: 'Array.isArray(claim) ? ROLES.filter((role) => claim.includes(role)) : []',
          replace: 'ROLES.filter((role) => String(claim).includes(role))',
        },
      ],
      test: { file: TOKENS, name: 'has no role where roles stand %s' },
      without: 'a group that is called administrators-of-the-canteen is an admin',
    },
  ],
};
