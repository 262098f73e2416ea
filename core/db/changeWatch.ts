/** Whether another program (a terminal, a second host) has written to the database. */
import { sql } from 'kysely';
import type { QuorumDatabase } from './schema.ts';

export interface ChangeWatch {
  /** True when another connection has committed something since the last call; the first call only begins to look. */
  changedElsewhere(): Promise<boolean>;
}

export function createChangeWatch(db: QuorumDatabase): ChangeWatch {
  let known: number | null = null;
  return {
    async changedElsewhere() {
      // SQLite's own counter, which does not move for what this connection writes
      const {
        rows: [row],
      } = await sql<{ data_version: number }>`pragma data_version`.execute(db);
      const version = row?.data_version ?? 0;
      const changed = known !== null && version !== known;
      known = version;
      return changed;
    },
  };
}
