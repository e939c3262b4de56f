import type { DataSource } from 'typeorm';
import { Quote } from './quote.entity.js';

/** The quotes that were given. Cold: one is made when a customer looks, and read when they agree. */
export class Quotes {
  constructor(private readonly database: DataSource) {}

  /** Keeps a quote, and forgets those of the same user that have run out a day ago. */
  async keep(quote: Quote): Promise<Quote> {
    await this.database.query(`delete from quotes where user_id = $1 and expires_at < service_now() - interval '1 day'`, [quote.userId]);
    await this.database.getRepository(Quote).insert(quote);
    return quote;
  }

  /** The quote that this user was given; null where there is none. */
  find(id: string, userId: string): Promise<Quote | null> {
    return this.database.getRepository(Quote).findOneBy({ id, userId });
  }
}
