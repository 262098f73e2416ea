/** Leases: at most one process trains a run, whatever windows and terminals are open on the same data. */
import { hostname } from 'node:os';
import { identityOf, livesHere } from './processIdentity.ts';
import type { QuorumDatabase, LeasesTable } from './schema.ts';

/**
 * A process on another machine (a shared folder) cannot be asked whether it lives: it counts as dead after this long
 * without a beat.
 */
const STALE_MS = 60_000;

export interface LeaseHolder {
  readonly pid: number;
  readonly hostName: string;
}

export interface LeaseRepository {
  /**
   * Takes the lease of `runId` for `owner`; null on success, else who holds it. A dead process's lease is taken over.
   */
  acquire(runId: string, owner: string): Promise<LeaseHolder | null>;
  /** False when the lease is another's by now. */
  beat(runId: string, owner: string): Promise<boolean>;
  release(runId: string, owner: string): Promise<void>;
  /** Runs whose holder still lives. */
  heldRuns(): Promise<Set<string>>;
  /** Runs whose holder died without giving them back. */
  lostRuns(): Promise<Set<string>>;
}

export function createLeaseRepository(db: QuorumDatabase, pid: number = process.pid): LeaseRepository {
  const self = { ...identityOf(pid), host_name: hostname() };
  return {
    async acquire(runId, owner) {
      // the usual refusal only reads, so that it never waits for another's write
      const holder = await holderOf(db, runId, owner);
      if (holder) return holder;
      return db.transaction().execute(async (transaction) => {
        const later = await holderOf(transaction, runId, owner);
        if (later) return later;
        const row = { run_id: runId, owner, ...self, heartbeat_at: new Date().toISOString() };
        await transaction
          .insertInto('leases')
          .values(row)
          .onConflict((conflict) => conflict.column('run_id').doUpdateSet(row))
          .execute();
        return null;
      });
    },
    async beat(runId, owner) {
      const { numUpdatedRows } = await db
        .updateTable('leases')
        .set({ heartbeat_at: new Date().toISOString() })
        .where('run_id', '=', runId)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async release(runId, owner) {
      await db.deleteFrom('leases').where('run_id', '=', runId).where('owner', '=', owner).execute();
    },
    heldRuns: () => runsWhere(db, isAlive),
    lostRuns: () => runsWhere(db, (lease) => !isAlive(lease)),
  };
}

async function runsWhere(db: QuorumDatabase, holds: (lease: LeasesTable) => boolean): Promise<Set<string>> {
  const rows = await db.selectFrom('leases').selectAll().execute();
  return new Set(rows.filter(holds).map((row) => row.run_id));
}

/** Whoever but `owner` holds the lease and still lives. */
async function holderOf(db: QuorumDatabase, runId: string, owner: string): Promise<LeaseHolder | null> {
  const held = await db.selectFrom('leases').selectAll().where('run_id', '=', runId).executeTakeFirst();
  return held && held.owner !== owner && isAlive(held) ? { pid: held.pid, hostName: held.host_name } : null;
}

function isAlive(lease: LeasesTable): boolean {
  if (lease.host_name !== hostname()) return Date.now() - Date.parse(lease.heartbeat_at) < STALE_MS;
  return livesHere(lease);
}
