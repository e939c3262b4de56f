import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { HealthCheck } from '../platform/health.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Public } from './caller.js';
import { Door } from './door.js';
import { Unmetered } from './rate-limit.js';

const health = z.object({
  status: z.enum(['ready', 'degraded', 'not ready', 'stopping']),
  parts: z.record(z.string(), z.enum(['up', 'degraded', 'down'])),
  notes: z.array(z.string()),
});

/** For load balancers and for Prometheus. */
@ApiTags('Health')
@Public()
@Unmetered()
@Controller()
export class HealthController {
  constructor(
    private readonly check: HealthCheck,
    private readonly metrics: Metrics,
    private readonly door: Door,
  ) {}

  @Get('livez')
  @ApiOperation({ summary: 'The process is alive; touches nothing' })
  @ApiOkResponse({ standardSchema: z.object({ status: z.literal('alive') }) })
  alive() {
    return { status: 'alive' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'The process can work; says what is degraded' })
  @ApiOkResponse({ standardSchema: health })
  @ApiResponse({ status: 503, standardSchema: health, description: 'It cannot, or is stopping' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { ready, parts, notes } = await this.check.read();
    const working = ready && !this.door.closing;
    void reply.status(working ? 200 : 503);
    return { status: statusOf(ready, this.door.closing, notes), parts, notes };
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiOkResponse({ content: { 'text/plain': {} } })
  prometheus() {
    return this.metrics.registry.metrics();
  }
}

function statusOf(ready: boolean, closing: boolean, notes: string[]): z.infer<typeof health>['status'] {
  if (closing) return 'stopping';
  if (!ready) return 'not ready';
  return notes.length > 0 ? 'degraded' : 'ready';
}
