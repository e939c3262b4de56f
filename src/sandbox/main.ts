import { readEnvironment } from './environment.js';
import { createSandbox, type Sandbox } from './sandbox.js';

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;

const environment = readEnvironment(process.env);
if ('problems' in environment) {
  for (const problem of environment.problems) console.error(`sandbox gateway: ${problem}`);
  process.exit(EXIT_CONFIG);
}

try {
  const sandbox = createSandbox(environment.options);
  stopOnSignals(sandbox);
  console.log(`sandbox gateway listening on ${await sandbox.listen(environment.port)}`);
} catch (error) {
  console.error(`sandbox gateway: ${reasonOf(error, environment.port)}`);
  process.exit(1);
}

/** The first signal stops in order; a second one, at once. */
function stopOnSignals(sandbox: Sandbox): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void sandbox.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

function reasonOf(error: unknown, port: number): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `port ${port} is taken; stop what listens there or set SANDBOX_PORT to another port (0 = any free one)`;
  }
  return error.message;
}
