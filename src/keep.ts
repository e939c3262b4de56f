import { fileURLToPath } from 'node:url';
import { keepRunning } from './platform/embedded/keeper.js';

/** `npm start`: the service, and somebody who starts it again when the store, or anybody else, kills it. */
const main = fileURLToPath(new URL('main.js', import.meta.url));
const env = { ...process.env, COUNTERFOIL_COMES_BACK: 'yes' };
process.exitCode = await keepRunning(main, env, () => process.stdout.write('\nThe service was killed. It is started again.\n'));
process.exit();
