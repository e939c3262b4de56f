import type { LoggerService } from '@nestjs/common';
import { isNativeError } from 'node:util/types';
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { Config } from '../config.js';
import { scrub } from './redaction.js';

export type Logger = Pino;

/** One JSON line per event on standard output. Whatever is logged is scrubbed first. */
export function createLogger(level: Config['logLevel'], destination: DestinationStream = pino.destination(1)): Logger {
  const logger = pino(
    {
      level,
      messageKey: 'message',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are serialised below, by an allow-list; pino's own serialiser has none.
      serializers: { err: (err: unknown) => err },
      hooks: {
        logMethod(inputs, method) {
          method.apply(this, scrubbed(inputs) as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
  const child = Reflect.get(logger, 'child') as unknown as (this: Logger, bindings: object, options?: object) => Logger;
  // Inherited by every child. Pino itself formats the bindings of the first logger only.
  logger.child = function (this: Logger, bindings: object, options?: object) {
    return child.call(this, scrub(bindings) as object, options);
  } as unknown as Logger['child'];
  return logger;
}

/** What Nest itself has to say. Its start-up chatter is for those who debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly out: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.out.debug({ context: contextIn(rest) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const stack = rest.find((part) => typeof part === 'string' && part.includes('\n    at '));
    if (isNativeError(message)) this.out.child({ context: contextIn(rest) }).error(message);
    else this.out.error({ context: contextIn(rest), stack }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.out.warn({ context: contextIn(rest) }, String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.out.debug({ context: contextIn(rest) }, String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.out.trace({ context: contextIn(rest) }, String(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.out.fatal({ context: contextIn(rest) }, String(message));
  }
}

/** An error alone becomes the member `err`, as pino has it. */
function scrubbed(inputs: unknown[]): unknown[] {
  const [first, message, ...rest] = inputs;
  if (isNativeError(first)) {
    const err = scrub(first) as { message: string };
    return [{ err }, message === undefined ? err.message : scrub(message), ...rest.map((part) => scrub(part))];
  }
  return inputs.map((part) => scrub(part));
}

/** Nest puts the name of whoever speaks last. */
function contextIn(rest: unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? last : undefined;
}
