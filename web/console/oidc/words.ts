import { AuthorizationResponseError, OperationProcessingError, ResponseBodyError, UnsupportedOperationError } from 'oauth4webapi';
import type { Issuer } from './settings.ts';

/** Why nobody was signed in, said to a person. */
export class SignInFailure extends Error {}

/** Whatever goes wrong on the way is thrown as a SignInFailure. */
export async function inPlainWords<T>(issuer: Issuer, way: () => Promise<T>): Promise<T> {
  try {
    return await way();
  } catch (error) {
    throw error instanceof SignInFailure ? error : new SignInFailure(wordsFor(error, new URL(issuer.issuer).origin), { cause: error });
  }
}

const NOT_KNOWN = 'The issuer does not take the console as it is set up here';

/** RFC 6749, sections 4.1.2.1 and 5.2, and OpenID Connect Core, section 3.1.2.6. */
const WORDS: Record<string, string> = {
  access_denied: 'The issuer did not let you in',
  server_error: 'The issuer cannot do it at the moment',
  temporarily_unavailable: 'The issuer cannot do it at the moment',
  login_required: 'The issuer wants you to sign in there first',
  interaction_required: 'The issuer wants you to do something there first',
  consent_required: 'The issuer wants your consent first',
  invalid_grant: 'The sign-in took too long, or was used already; begin it again',
  invalid_client: NOT_KNOWN,
  invalid_request: NOT_KNOWN,
  invalid_scope: NOT_KNOWN,
  invalid_target: NOT_KNOWN,
  unauthorized_client: NOT_KNOWN,
  unsupported_response_type: NOT_KNOWN,
};

const NO_ANSWER_TO_THIS = 'What came back is not an answer to this sign-in, so nobody was signed in. Begin it again.';
const NO_PROVIDER = 'does not answer as an OpenID provider does. Is AUTH_ISSUER right?';

function wordsFor(error: unknown, origin: string): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
    return `${WORDS[error.error] ?? 'The issuer refused'} (${detailOf(error.error, error.error_description)}).`;
  if (error instanceof OperationProcessingError && ABOUT_THE_ISSUER.has(error.code ?? '')) return `${origin} ${NO_PROVIDER}`;
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) return NO_ANSWER_TO_THIS;
  return `${origin} cannot be reached from this page, or does not let the console ask it.`;
}

/** Codes of what is wrong with the issuer rather than with one answer of it. */
const ABOUT_THE_ISSUER = new Set([
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);

/** What the issuer says itself is a line at most. */
function detailOf(code: string, description: string | undefined): string {
  return (description === undefined ? code : `${code}: ${description}`).slice(0, MAX_DETAIL_CHARACTERS);
}

/** Longer ones are pages. */
const MAX_DETAIL_CHARACTERS = 200;
