import { expect, test } from '@jest/globals';
import { Metrics } from '../../../src/platform/telemetry/metrics.js';

test('two applications in one process count apart', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.operations.inc({ kind: 'subscribe', status: 'succeeded' });
  expect(await one.registry.metrics()).toContain('counterfoil_operations_total{kind="subscribe",status="succeeded"} 1');
  expect(await other.registry.metrics()).not.toContain('status="succeeded"');
});

test('open operations are asked for at every scrape, and left out when the database does not answer', async () => {
  const metrics = new Metrics();
  let answer: () => Promise<Record<string, number>> = () => Promise.resolve({ pending: 3 });
  metrics.openOperations(() => answer());
  expect(await metrics.registry.metrics()).toContain('counterfoil_open_operations{status="pending"} 3');
  answer = () => Promise.resolve({ unknown: 1 });
  const second = await metrics.registry.metrics();
  expect(second).toContain('counterfoil_open_operations{status="unknown"} 1');
  expect(second).not.toContain('status="pending"');
  answer = () => Promise.reject(new Error('away'));
  expect(await metrics.registry.metrics()).not.toContain('counterfoil_open_operations{');
});
