import 'reflect-metadata';
import {
  Body,
  ConflictException,
  Controller,
  Headers,
  HttpException,
  Inject,
  Injectable,
  Module,
  HttpCode,
  Put,
  UnprocessableEntityException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import axios from 'axios';
import { Redis } from 'ioredis';
import Redlock from 'redlock';
import { DataSource } from 'typeorm';
import { chargeForm, type Paid } from '../charge.js';
import { PRICE, readWish, type Wish } from '../door.js';
import { IDLE_MS } from '../lean-sql.js';
import { KeyRow, OperationRow, SubscriptionRow } from './naive-entities.js';

/**
 * What is usually written: Nest on Express, TypeORM's repositories in transactions, a lock by redlock, axios. It keeps one open operation for each user
 * and calls the gateway outside of any transaction; nobody comes for what it leaves open.
 */
const { DATABASE_URL, DATABASE_SCHEMA, REDIS_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const LOCK_MS = 5_000;
const MONTH_MS = 30 * 24 * 3_600_000;

@Injectable()
class Subscribing {
  private readonly locks = new Redlock([new Redis(REDIS_URL as string)], { retryCount: 10 });

  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  async subscribe(wish: Wish): Promise<object> {
    const lock = await this.locks.lock(`subscribe:${wish.userId}`, LOCK_MS);
    try {
      return await this.underLock(wish);
    } finally {
      await lock.unlock();
    }
  }

  private async underLock(wish: Wish): Promise<object> {
    const { userId, key, fingerprint } = wish;
    const known = await this.source.getRepository(KeyRow).findOneBy({ userId, key });
    if (known && known.fingerprint !== fingerprint) throw new UnprocessableEntityException('key-reused');
    if (known) return this.source.getRepository(OperationRow).findOneByOrFail({ id: known.operationId });
    const subscribed = await this.source.getRepository(SubscriptionRow).existsBy({ userId, status: 'active' });
    if (subscribed) throw new ConflictException('already-subscribed');
    const operation = await this.record(wish);
    const headers = { 'idempotency-key': operation.id };
    const form = chargeForm(operation.id, wish.paymentMethod);
    const { data } = (await axios.post(`${GATEWAY_URL}/v1/payment_intents`, form, { headers, timeout: 20_000 })) as { data: Paid };
    return { ...operation, subscription: await this.settle(operation, data.id) };
  }

  private record({ userId, key, fingerprint, planId }: Wish): Promise<OperationRow> {
    return this.source.transaction(async (manager) => {
      const operations = manager.getRepository(OperationRow);
      const operation = await operations.save(operations.create({ userId, planId, ...PRICE, status: 'processing' }));
      const keys = manager.getRepository(KeyRow);
      await keys.save(keys.create({ userId, key, fingerprint, operationId: operation.id }));
      return operation;
    });
  }

  private settle(operation: OperationRow, reference: string): Promise<SubscriptionRow> {
    return this.source.transaction(async (manager) => {
      const { id: operationId, userId, planId } = operation;
      await manager.getRepository(OperationRow).save(Object.assign(operation, { status: 'succeeded', reference, settledAt: new Date() }));
      const subscriptions = manager.getRepository(SubscriptionRow);
      const period = { periodStart: new Date(), periodEnd: new Date(Date.now() + MONTH_MS) };
      return subscriptions.save(subscriptions.create({ userId, planId, ...PRICE, operationId, status: 'active', ...period }));
    });
  }
}

@Controller()
class SubscriptionController {
  constructor(@Inject(Subscribing) private readonly subscribing: Subscribing) {}

  @HttpCode(201)
  @Put('v1/me/subscription')
  async put(@Headers() headers: Record<string, unknown>, @Body() body: unknown): Promise<object> {
    const wish = readWish(headers, body, SECRET as string);
    if ('status' in wish) throw new HttpException(wish.title, wish.status);
    return this.subscribing.subscribe(wish);
  }
}

/** Postgres makes UUIDs without an extension. */
const IDS = { uuidExtension: 'pgcrypto', installExtensions: false, synchronize: true } as const;
const entities = [OperationRow, KeyRow, SubscriptionRow];
const database = {
  type: 'postgres',
  url: DATABASE_URL,
  schema: DATABASE_SCHEMA,
  poolSize: Number(POOL_SIZE),
  extra: { idleTimeoutMillis: IDLE_MS },
  entities,
  ...IDS,
} as const;
@Module({ imports: [TypeOrmModule.forRoot(database as never)], controllers: [SubscriptionController], providers: [Subscribing] })
class NaiveModule {}

const app = await NestFactory.create(NaiveModule, new ExpressAdapter(), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.getUrl() });
