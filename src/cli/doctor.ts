import { HealthCheck } from '../platform/health.js';
import { AuditLog } from '../platform/audit/audit-log.js';
import { PaymentGateway } from '../gateways/payment-gateway.js';
import { Leases } from '../leases/leases.js';
import { OperationsQuery } from '../operations/operations-query.js';
import type { Config } from '../platform/config.js';
import { ServiceClock } from '../platform/database/service-clock.js';
import { createLogger } from '../platform/telemetry/logger.js';
import { openRooms } from '../service.js';

interface Finding {
  check: string;
  ok: boolean;
  detail: string;
}

const PROBE_TIMEOUT_MS = 5_000;

/** Looks at each thing the service needs, as the service would. Writes nothing and charges nothing. */
export async function doctor(config: Config) {
  const opened = await openRooms(config, createLogger('silent')).catch((error: Error) => error);
  // Without a database there are no rooms to look into.
  if (opened instanceof Error) return report([await finding('database and schema', () => Promise.reject(opened))]);
  try {
    return report(await lookInto(opened.rooms));
  } finally {
    await opened.close();
  }
}

function report(findings: Finding[]) {
  const text = findings.map(({ check, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${check}: ${detail}`).join('\n');
  return { json: findings, text, failed: findings.some(({ ok }) => !ok) };
}

function lookInto(rooms: Awaited<ReturnType<typeof openRooms>>['rooms']): Promise<Finding[]> {
  return Promise.all([
    finding('database and schema', async () => {
      const { ready, notes } = await rooms.get(HealthCheck).read();
      if (!ready) throw new Error(notes.join(' '));
      return 'reachable and up to date';
    }),
    finding('clock', async () => {
      const { aheadMs } = await rooms.get(ServiceClock).read();
      return aheadMs === 0 ? 'runs with real time' : `was moved by ${Math.round(aheadMs / 1_000)} s`;
    }),
    finding('leases', async () => {
      await rooms.get(Leases).ping();
      return `${rooms.get(Leases).name}: a quorum answers`;
    }),
    finding('gateway', async () => {
      const probe = { reference: 'cf_doctor_asks_for_nothing', gatewayReference: null, amount: { amount: 1, currency: 'USD' } };
      const found = await rooms.get(PaymentGateway).find(probe, AbortSignal.timeout(PROBE_TIMEOUT_MS));
      if (found.kind !== 'not_found') throw new Error(found.kind === 'unknown' ? found.why : `answered ${found.kind}`);
      return `${rooms.get(PaymentGateway).name}: answers and accepts the key`;
    }),
    finding('audit', async () => {
      const broken = await rooms.get(AuditLog).brokenLink();
      if (broken !== null) throw new Error(`entry ${broken} was tampered with`);
      return 'the chain is whole';
    }),
    finding('operations', async () => {
      const { operations } = await rooms.get(OperationsQuery).list({ stuck: true }, { limit: 1, after: null });
      if (operations.length > 0) throw new Error('some wait for a person or are overdue: counterfoil ops ls --stuck');
      return 'none is stuck';
    }),
  ]);
}

async function finding(check: string, look: () => Promise<string>): Promise<Finding> {
  return look().then(
    (detail) => ({ check, ok: true, detail }),
    (error: unknown) => ({ check, ok: false, detail: error instanceof Error ? error.message : String(error) }),
  );
}
