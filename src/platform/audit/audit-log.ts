import type { DataSource } from 'typeorm';
import { brokenLink, readAudit, type AuditRow } from './audit.js';

/** The audit, for reading. */
export class AuditLog {
  constructor(private readonly database: DataSource) {}

  read(filter: Parameters<typeof readAudit>[1]): Promise<(AuditRow & { number: number })[]> {
    return readAudit(this.database.manager, filter);
  }

  /** The number of the first row that was tampered with; null when the chain is whole. */
  brokenLink(): Promise<number | null> {
    return brokenLink(this.database.manager);
  }
}
