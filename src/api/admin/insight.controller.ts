import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { PaymentGateway } from '../../gateways/payment-gateway.js';
import { Leases } from '../../leases/leases.js';
import { ChoresQuery, type Chore } from '../../operations/chores.js';
import { gatewayState, type GatewayState } from '../../operations/gateway-figures.js';
import { StatisticsQuery } from '../../operations/statistics.js';
import { lookAtDatabase } from '../../platform/database/database-look.js';
import { ServiceClock } from '../../platform/database/service-clock.js';
import { HealthCheck } from '../../platform/health.js';
import { About } from '../../platform/settings.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { statistics, system } from './insight-schemas.js';

const FIGURES = `Those who ask within a second share one reading of each process. What is open, and how the gateway answered, is read at \`now\`; what ended within the last
hour at \`lastHourAt\`, and what is of the last day at \`lastDayAt\`: that is remembered for a minute, and either for twenty times as long as it takes to read.`;

/** How the service is doing: figures, and the state of its parts. */
@ApiTags('Admin: insight')
@Controller('v1/admin')
@Roles('viewer')
@ApiProblems('forbidden')
export class InsightController {
  constructor(
    private readonly about: About,
    private readonly database: DataSource,
    private readonly leases: Leases,
    private readonly gateway: PaymentGateway,
    private readonly health: HealthCheck,
    private readonly chores: ChoresQuery,
    private readonly statistics: StatisticsQuery,
    private readonly clock: ServiceClock,
  ) {}

  @Get('stats')
  @ApiOperation({ summary: 'Counts, ages, outcomes, latency, duplicates absorbed', description: FIGURES })
  @ApiOkResponse({ standardSchema: statistics })
  figures() {
    return this.statistics.read();
  }

  @Get('system')
  @ApiOperation({ summary: 'Versions, migrations, the health of every part, and settings without secrets' })
  @ApiOkResponse({ standardSchema: system })
  async parts() {
    const [{ now, aheadMs }, { notes }, database, nodes, leasesAway, gateway, chores] = await Promise.all([
      this.clock.read(),
      this.health.read(),
      lookAtDatabase(this.database),
      this.leases.nodes(),
      this.leases.ping().then(
        () => false,
        () => true,
      ),
      gatewayState(this.database),
      this.chores.read(),
    ]);
    const { version, node, process, settings } = this.about;
    return {
      object: 'system',
      now,
      clockAheadSeconds: Math.round(aheadMs / 1_000),
      version,
      node,
      process,
      notes,
      database: { state: database.migrations.pending.length > 0 ? 'degraded' : 'up', ...database },
      leases: { keptIn: this.leases.name, state: leasesAway ? 'down' : nodes.some(({ why }) => why) ? 'degraded' : 'up', nodes },
      gateway: { name: this.gateway.name, state: stateOf(gateway), ...gateway },
      chores: chores.map((chore) => this.choreView(chore)),
      settings,
    };
  }

  private choreView(chore: Chore): Record<string, unknown> {
    return { ...chore, state: chore.overdue > 0 ? 'behind' : 'on_time', doneHere: this.about.runs(chore.role) };
  }
}

/** No call, no word about it: it is not asked for its health, only for what it is there for. */
function stateOf({ lastAnswered }: GatewayState): string {
  if (lastAnswered === null) return 'unknown';
  return lastAnswered ? 'up' : 'degraded';
}
