import type { GatewayEvent } from '../../src/gateways/payment-gateway.js';
import type { SimulatedProcess } from './process.js';
import type { World } from './world.js';

/** As Stripe for three days: an event that nobody acknowledged is sent again. */
const AGAIN_MS = 60_000;

/** The gateway's messages to us: late, lost, several times, in any order; each at last arrives. */
export class Webhooks {
  constructor(
    private readonly world: World,
    private readonly aProcess: () => SimulatedProcess | null,
  ) {}

  tell(event: GatewayEvent): void {
    const { random, faults } = this.world;
    const late = random.chance(faults.of('webhookLate')) ? random.magnitude(100, faults.lateMs) : 0;
    this.world.after(random.magnitude(10, 2_000) + late, () => this.deliver(event));
    if (random.chance(faults.of('webhookTwice'))) this.world.after(random.magnitude(10, faults.lateMs), () => this.deliver(event));
  }

  private deliver(event: GatewayEvent): void {
    const { random, faults } = this.world;
    const process = this.aProcess();
    let acknowledged = false;
    this.world.after(AGAIN_MS, () => {
      if (!acknowledged) this.deliver(event);
    });
    if (!process || random.chance(faults.of('webhookLost'))) return;
    this.world.after(0, () => void this.receive(process, event).then((kept) => (acknowledged = kept)), process);
  }

  /** What the controller does. */
  private async receive(process: SimulatedProcess, event: GatewayEvent): Promise<boolean> {
    this.world.note(() => `${process.name} is told of ${event.gatewayReference} ${event.type}`);
    try {
      if (await process.inbox.store(event)) process.inbox.wake();
      return true;
    } catch {
      return false;
    }
  }
}
