export default async function globalTeardown() {
  const servers = globalThis.serversOfRun;
  if (!servers) return;
  await servers.stop();
  servers.disarm();
}
