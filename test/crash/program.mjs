import 'reflect-metadata';
import { once } from 'node:events';
import { tsImport } from 'tsx/esm/api';

/**
 * The built service, with failpoints around its ports. They live here and not in the service: its own program has nothing that could be armed.
 * Begins when it is told its first orders over IPC, for which it waits with everything loaded; ends with whoever started it.
 */
const { BUILD, SETS, ...env } = process.env;
const [{ Failpoints }, { Sets }, { SharedStatements }, { startService }, { readConfig }, { createLogger }, [first]] = await Promise.all([
  tsImport('./failpoints.ts', import.meta.url),
  tsImport('./sets.ts', import.meta.url),
  import(`${BUILD}/operations/store/shared-statements.js`),
  import(`${BUILD}/service.js`),
  import(`${BUILD}/platform/config.js`),
  import(`${BUILD}/platform/telemetry/logger.js`),
  once(process, 'message'),
]);
process.on('disconnect', () => process.exit(1));
const failpoints = new Failpoints((report) => process.send(report));
failpoints.order(first.orders);
const sets = new Sets((report) => process.send(report));
process.on('message', (message) => {
  if (message === 'tell') failpoints.tell();
  else if (message.sets) sets.order(message.sets);
  else failpoints.order(message);
});
const config = readConfig({ ...env, ...first.env });
// Where sets are not what is looked at, a statement that is held up for one user must not hold up others with it.
const alone = (name, port) => (SETS && name === 'OperationStore' ? new SharedStatements(sets.around(port.behind)) : (port.behind ?? port));
const around = (name, port) => failpoints.around(name, alone(name, port));
await startService(config, createLogger(config.logLevel), { around });
process.stdout.write(`Counterfoil listens on ${config.publicUrl}\n`);
