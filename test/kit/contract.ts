import type { INestApplication } from '@nestjs/common';
import { z } from 'zod';
import { openApiOf } from '../../src/api/openapi.js';
import type { Answer } from './shop.js';

interface Response {
  content?: Record<string, { schema?: object }>;
}
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response>; 'x-problems'?: string[] }>>;
  components: { schemas: Record<string, object> };
}

/** What any route may refuse with; all else must be named by the route. */
const ANYWHERE: readonly string[] = [
  'unauthenticated',
  'rate-limited',
  'validation-failed',
  'card-number-refused',
  'body-too-large',
  'media-type-unsupported',
  'method-not-allowed',
  'service-unavailable',
  'shutting-down',
  'internal-error',
];

/** What the running document promises, held against every answer that a test sees. */
export class Contract {
  private static current: Contract | null = null;
  private readonly schemas = new Map<string, z.ZodType>();

  constructor(readonly document: Document) {}

  /** Made once per test file: the document does not depend on how a service is configured. */
  static of(app: INestApplication): Contract {
    Contract.current ??= new Contract(openApiOf(app) as unknown as Document);
    return Contract.current;
  }

  /** Throws where the answer is not what the document says about its route and status. What the document does not have must be refused, or be a page. */
  check(method: string, url: string, { status, headers, body }: Answer): void {
    const where = `${method} ${url} answered ${status}`;
    if (!headers.get('request-id')) throw new Error(`${where} without Request-Id`);
    const route = this.routeOf(method, url);
    const response = route?.responses[status] ?? (status >= 400 ? route?.responses['default'] : undefined);
    if (status >= 400 && !response?.content?.['application/json']) {
      this.checkProblem(where, headers, body);
      const named = [...ANYWHERE, ...(route?.['x-problems'] ?? ['not-found'])];
      if (!named.includes(body.code)) throw new Error(`${where} with ${body.code}, which the route does not name`);
    }
    if (!route && (status >= 400 || !url.startsWith('/v1/'))) return;
    if (!response) throw new Error(`${where}, which the document does not have`);
    this.checkContent(where, response, headers, body);
  }

  private checkContent(where: string, { content }: Response, headers: Headers, body: unknown): void {
    if (!content) return;
    const media = (headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
    const promised = content[media];
    if (!promised) throw new Error(`${where} as ${media}, not as ${Object.keys(content).join(' or ')}`);
    if (promised.schema) this.checkSchema(where, promised.schema, body);
  }

  private checkProblem(where: string, headers: Headers, body: Record<string, unknown>): void {
    const media = headers.get('content-type') ?? '';
    if (!media.startsWith('application/problem+json')) throw new Error(`${where} as ${media}, which is no problem`);
    this.checkSchema(where, reference('Problem'), body);
    if (body['requestId'] !== headers.get('request-id')) throw new Error(`${where} with the id of another request`);
    if (body['operation']) this.checkSchema(`${where}, operation`, reference('Operation'), body['operation']);
    if (body['credits']) this.checkSchema(`${where}, credits`, reference('Credits'), body['credits']);
    if (body['subscription']) this.checkSchema(`${where}, subscription`, reference('Subscription'), body['subscription']);
  }

  private checkSchema(where: string, schema: object, body: unknown): void {
    const { error } = this.compiled(schema).safeParse(body);
    if (error) throw new Error(`${where} with a body that the document does not have:\n${z.prettifyError(error)}\n${JSON.stringify(body)}`);
  }

  private compiled(schema: object): z.ZodType {
    const text = JSON.stringify(schema);
    const known = this.schemas.get(text);
    if (known) return known;
    const whole = { ...schema, $defs: this.document.components.schemas };
    const compiled = z.fromJSONSchema(JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')) as never);
    this.schemas.set(text, compiled);
    return compiled;
  }

  private routeOf(method: string, url: string) {
    const segments = (url.split('?', 1)[0] ?? '').split('/');
    const fits = (template: string) => {
      const parts = template.split('/');
      return parts.length === segments.length && parts.every((part, index) => part.startsWith('{') || part === segments[index]);
    };
    const path = Object.keys(this.document.paths).find(fits);
    return path === undefined ? undefined : this.document.paths[path]?.[method.toLowerCase()];
  }
}

function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
