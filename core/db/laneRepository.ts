/**
 * Lanes of this machine that are in use: at most one job computes on each, whatever windows and terminals are open on
 * the same data.
 */
import { hostname } from 'node:os';
import { identityOf, livesHere } from './processIdentity.ts';
import type { LanesTable, QuorumDatabase } from './schema.ts';

export interface LaneWork {
  /** Null for work that is no training. */
  readonly runId: string | null;
  /** What it is, in words: the run's name, or the job. */
  readonly title: string;
}

export interface HeldLane extends LaneWork {
  readonly lane: string;
  readonly pid: number;
}

export interface LaneRepository {
  /** Those whose process lives. */
  held(): Promise<HeldLane[]>;
  /**
   * Takes the first of `lanes` that nobody holds; null when all are held, or `most` lanes are held already. What a dead
   * process held is free.
   */
  take(lanes: readonly string[], owner: string, work: LaneWork, most: number | null): Promise<string | null>;
  /** Nothing happens where another holds it by now. */
  release(lane: string, owner: string): Promise<void>;
}

/** A lane that means the GPU of a machine whose driver does not tell its GPUs apart: it may be any of them. */
export const NAMELESS_GPU = 'gpu';

/** The first of `lanes` that goes with those held; null when none does. */
export function freeLane(lanes: readonly string[], held: readonly string[], most: number | null): string | null {
  if (most !== null && held.length >= most) return null;
  return lanes.find((lane) => !held.some((other) => clash(lane, other))) ?? null;
}

function clash(a: string, b: string): boolean {
  if (a !== NAMELESS_GPU && b !== NAMELESS_GPU) return a === b;
  return a.startsWith(NAMELESS_GPU) && b.startsWith(NAMELESS_GPU);
}

export function createLaneRepository(db: QuorumDatabase, pid: number = process.pid): LaneRepository {
  const self = { ...identityOf(pid), host_name: hostname() };
  const rowsHere = (from: QuorumDatabase): Promise<LanesTable[]> =>
    from.selectFrom('lanes').selectAll().where('host_name', '=', self.host_name).orderBy('lane').execute();
  const living = async (from: QuorumDatabase): Promise<LanesTable[]> => (await rowsHere(from)).filter(livesHere);
  const names = (rows: readonly LanesTable[]): string[] => rows.map(({ lane }) => lane);
  return {
    held: async () =>
      (await living(db)).map(({ lane, pid: holder, run_id, title }) => ({ lane, pid: holder, runId: run_id, title })),
    async take(lanes, owner, { runId, title }, most) {
      // the usual refusal only reads, so that it never waits for another's write
      if (freeLane(lanes, names(await living(db)), most) === null) return null;
      return db.transaction().execute(async (transaction) => {
        const lane = freeLane(lanes, names(await living(transaction)), most);
        if (lane === null) return null;
        const row = { lane, owner, ...self, run_id: runId, title, taken_at: new Date().toISOString() };
        await transaction
          .insertInto('lanes')
          .values(row)
          .onConflict((conflict) => conflict.columns(['host_name', 'lane']).doUpdateSet(row))
          .execute();
        return lane;
      });
    },
    async release(lane, owner) {
      await db
        .deleteFrom('lanes')
        .where('host_name', '=', self.host_name)
        .where('lane', '=', lane)
        .where('owner', '=', owner)
        .execute();
    },
  };
}
