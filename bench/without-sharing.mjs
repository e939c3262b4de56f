import 'reflect-metadata';
import { once } from 'node:events';

/** The built service, each of whose requests sends statements of its own. This lives here and not in the service, which has no such setting. */
const { BUILD, ...env } = process.env;
const [{ startService }, { readConfig }, { createLogger }] = await Promise.all([
  import(`${BUILD}/service.js`),
  import(`${BUILD}/platform/config.js`),
  import(`${BUILD}/platform/telemetry/logger.js`),
  once(process, 'message'),
]);
process.on('disconnect', () => process.exit(1));
const config = readConfig(env);
const around = (name, port) => (name === 'OperationStore' ? port.behind : port);
await startService(config, createLogger(config.logLevel), { around });
process.stdout.write(`Counterfoil listens on ${config.publicUrl}\n`);
