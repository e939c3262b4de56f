import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../platform/problems/catalogue.js';

const DESCRIPTION = `Counterfoil stands between a shop's subscribe button and the payment gateway: however often the button is pressed,
whatever crashes, the customer is charged once, and everybody can see what became of it.

Make an \`Idempotency-Key\` once per press of the button and send it with every retry. Every success is an operation; everything else is a problem
(RFC 9457) whose member \`charged\` says whether money moved: \`no\`, \`yes\` or \`unknown\`. Retry with the same key until the operation is
\`succeeded\`, \`failed\` or \`canceled\`.`;

/** The OpenAPI 3.1 document, made from the routes and the schemas that validate them. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Counterfoil')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${method}${controller.replace('Controller', '')}`,
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
  for (const route of routesOf(document)) finish(route);
  return document;
}

/** Zod prints JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
function convert(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, $defs, ...printed } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' });
  const { id, ...inline } = printed as { id?: string };
  if (id === undefined) return { schema: inline, components: $defs ?? {} };
  return { schema: { $ref: `#/$defs/${id}` }, components: { ...$defs, [id]: inline } };
}

interface Route {
  security?: unknown[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
  'x-public'?: boolean;
  /** Its answer can be had as a page too. */
  'x-page'?: boolean;
}

function routesOf(document: OpenAPIObject): Route[] {
  return Object.values(document.paths).flatMap((path) => Object.values(path) as Route[]);
}

/** What holds for every route: who may call it, what refuses it at the door, and that refusals are problem+json (RFC 9457). */
function finish(route: Route): void {
  if (route['x-public']) route.security = [];
  else route.responses['401'] = refusal('unauthenticated');
  route.responses['429'] = refusal('rate-limited');
  route.responses['default'] = { ...refusal('internal-error'), description: 'Any other refusal' };
  if (route['x-page']) Object.assign(route.responses['200']?.content ?? {}, { 'text/html': { schema: { type: 'string' } } });
  delete route['x-public'];
  delete route['x-page'];
  for (const [status, response] of Object.entries(route.responses)) {
    const json = response.content?.['application/json'];
    if (Number(status) >= 400 && json) response.content = { 'application/problem+json': json };
  }
}

function refusal(code: ProblemCode): Route['responses'][string] {
  return {
    description: PROBLEMS[code].title,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
