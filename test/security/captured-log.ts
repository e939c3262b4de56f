import { createLogger, type Logger } from '../../src/platform/telemetry/logger.js';

export interface CapturedLog {
  log: Logger;
  /** What was written, write by write: each is one line. */
  lines: string[];
}

/** The log as the service writes it, at its most talkative, kept instead of printed. */
export function captureLog(): CapturedLog {
  const lines: string[] = [];
  return { log: createLogger('trace', { write: (line: string) => void lines.push(line) }), lines };
}
