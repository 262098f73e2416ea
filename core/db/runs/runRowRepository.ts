/** Runs as lists show them: one query for all rows, and the frozen specs parsed once. */
import { sql } from 'kysely';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import type { RunState } from '../../../contract/run.ts';
import { RUN_ROW_COLUMNS, RunRowCache, type StoredRunRow } from './runRowCache.ts';
import type { QuorumDatabase, RunsTable } from '../schema.ts';
import { problemOf, type DamagedRun } from './storedRun.ts';

export interface RunRowRepository {
  /** Newest first. */
  list(which: { trashed: boolean }): Promise<RunRows>;
  /** Those that wait in the queue or are in one of `states`; newest first. Damaged ones are left out. */
  pending(states: readonly RunState[]): Promise<RunRow[]>;
  /** Null when there is no such run. @throws {Error} when its row is damaged */
  find(id: string): Promise<RunRow | null>;
  annotate(id: string, change: RunAnnotation): Promise<void>;
  setTrashed(id: string, at: string | null): Promise<void>;
}

/** What a user writes beside a run; left out = unchanged. */
export interface RunAnnotation {
  readonly name?: string;
  readonly note?: string;
  readonly tags?: readonly string[];
  readonly group?: string;
}

interface RunRows {
  runs: RunRow[];
  damaged: DamagedRun[];
}

/** Between two pauses for others. Milliseconds. */
const MOST_MS = 8;
const SELECTED = sql.join(RUN_ROW_COLUMNS.map((name) => sql.ref(`runs.${name}`)));

type Condition = ReturnType<typeof sql>;

export function createRunRowRepository(db: QuorumDatabase): RunRowRepository {
  const cache = new RunRowCache();
  return {
    list: ({ trashed }) =>
      listRows(db, cache, trashed ? sql`runs.trashed_at is not null` : sql`runs.trashed_at is null`),
    async pending(states) {
      const waits = sql`runs.queue_position is not null`;
      const active = sql`runs.state in (${sql.join(states)})`;
      return (await listRows(db, cache, sql`runs.trashed_at is null and (${waits} or ${active})`)).runs;
    },
    async find(id) {
      const { runs, damaged } = await listRows(db, cache, sql`runs.id = ${id}`);
      if (damaged[0]) throw new Error(damaged[0].problem);
      return runs[0] ?? null;
    },
    annotate: (id, change) => annotate(db, id, change),
    async setTrashed(id, at) {
      await db
        .updateTable('runs')
        .set({ trashed_at: at, ...(at !== null && { queue_position: null }) })
        .where('id', '=', id)
        .execute();
    },
  };
}

async function listRows(db: QuorumDatabase, cache: RunRowCache, condition: Condition): Promise<RunRows> {
  const rows = await selectRows(db, condition);
  const specs = await selectSpecs(db, cache.withoutSpec(rows));
  const runs: RunRow[] = [];
  const damaged: DamagedRun[] = [];
  let breath = performance.now();
  for (const row of rows) {
    try {
      runs.push(cache.read(row, specs.get(row.id)));
    } catch (error) {
      damaged.push({ id: row.id, name: row.name, problem: problemOf(error) });
    }
    // hundreds of specs are read at the first list: the host answers others in between
    if (performance.now() - breath > MOST_MS) {
      await new Promise(setImmediate);
      breath = performance.now();
    }
  }
  return { runs, damaged };
}

async function selectRows(db: QuorumDatabase, condition: Condition): Promise<StoredRunRow[]> {
  const { rows } = await sql<StoredRunRow>`
    select
      ${SELECTED},
      datasets.name as dataset_name,
      coalesce(kept.bytes, 0) as disk_bytes,
      coalesce(kept.amount, 0) as checkpoint_count,
      case when runs.queue_position is null then 0 else (
        select count(*) from runs other
        where other.queue_position < runs.queue_position and other.trashed_at is null
      ) end as waiting_before
    from runs
    left join datasets on datasets.id = runs.dataset_id
    left join (
      select run_id, sum(size_bytes) as bytes, count(*) as amount from checkpoints group by run_id
    ) kept on kept.run_id = runs.id
    where ${condition}
    order by runs.created_at desc, runs.id desc`.execute(db);
  return rows;
}

async function selectSpecs(db: QuorumDatabase, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('runs').select(['id', 'spec_json']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.spec_json]));
}

async function annotate(db: QuorumDatabase, id: string, { name, note, tags, group }: RunAnnotation): Promise<void> {
  const set: Partial<RunsTable> = {
    ...(name !== undefined && { name }),
    ...(note !== undefined && { note }),
    ...(tags !== undefined && { tags_json: JSON.stringify(tags) }),
    ...(group !== undefined && { group_id: group }),
  };
  if (Object.keys(set).length > 0) await db.updateTable('runs').set(set).where('id', '=', id).execute();
}
