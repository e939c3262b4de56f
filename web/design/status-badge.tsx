import type { Tone } from './notice.tsx';

/** The states of operations, subscriptions and parts of the system, each with the tone that says how things stand. */
const TONES: Record<string, Tone> = {
  pending: 'wait',
  requires_action: 'wait',
  unknown: 'doubt',
  needs_review: 'bad',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'calm',
  active: 'good',
  trialing: 'good',
  past_due: 'bad',
  paused: 'calm',
  up: 'good',
  degraded: 'wait',
  down: 'bad',
  on_time: 'good',
  behind: 'bad',
};

export function StatusBadge({ status }: { status: string }) {
  return <span className={`badge ${TONES[status] ?? 'calm'}`}>{status.replaceAll('_', ' ')}</span>;
}
