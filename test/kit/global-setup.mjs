import { tsImport } from 'tsx/esm/api';

/**
 * Starts what the test files share: one Postgres without fsync and one Redis, on free ports and in a temporary folder of this run,
 * so that two runs do not see each other. `npm test` needs nothing on the machine but redis-server.
 */
export default async function globalSetup() {
  const { startServersOfRun } = await tsImport('./servers-of-run.ts', import.meta.url);
  const servers = await startServersOfRun();
  Object.assign(process.env, servers.env);
  globalThis.serversOfRun = { ...servers, disarm: stopWhenInterrupted(servers.abandon) };
}

/** Jest skips the teardown when it is interrupted or gives up. */
function stopWhenInterrupted(abandon) {
  const onSignal = (signal) => process.exit(signal === 'SIGINT' ? 130 : 143);
  process.once('exit', abandon).once('SIGINT', onSignal).once('SIGTERM', onSignal);
  return () => process.off('exit', abandon).off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
