/** Runs as lists show them: one query for all rows, and the frozen specs parsed once. */
import { sql } from 'kysely';
import { z } from 'zod';
import type { RunRow, RunRowSpec } from '../../contract/api/runTypes.ts';
import { ErrorReport } from '../../contract/errors.ts';
import { DeviceReport, RunState } from '../../contract/run.ts';
import { RunSpec } from '../../contract/runSpec.ts';
import { readJson, readNullableJson } from './jsonColumn.ts';
import type { DamagedRun } from './runRepository.ts';
import type { QuorumDatabase, RunsTable } from './schema.ts';

const Values = z.record(z.string(), z.number());

export interface RunRowRepository {
  /** Newest first. */
  list(which: { trashed: boolean }): Promise<{ runs: RunRow[]; damaged: DamagedRun[] }>;
  /** Those that wait in the queue or are in one of `states`; newest first. Damaged ones are left out. */
  pending(states: readonly RunState[]): Promise<RunRow[]>;
  /** Null when there is no such run. @throws Error when its row is damaged */
  find(id: string): Promise<RunRow | null>;
  /** Name, note, tags and group; left out = unchanged. */
  annotate(
    id: string,
    change: { name?: string; note?: string; tags?: readonly string[]; groupId?: string },
  ): Promise<void>;
  setTrashed(id: string, at: string | null): Promise<void>;
}

/** What lists show: all but the spec, which is read once. */
const COLUMNS = [
  'id',
  'name',
  'state',
  'reason',
  'device_json',
  'error_json',
  'tags_json',
  'note',
  'group_id',
  'queue_position',
  'attempt',
  'step',
  'total_steps',
  'epoch',
  'best_epoch',
  'last_json',
  'best_json',
  'duration_ms',
  'created_at',
  'started_at',
  'ended_at',
  'trashed_at',
] as const satisfies readonly (keyof RunsTable)[];
/** Between two pauses for others. Milliseconds. */
const MOST_MS = 8;
const SELECTED = sql.join(COLUMNS.map((name) => sql.ref(`runs.${name}`)));

type Row = Pick<RunsTable, (typeof COLUMNS)[number]> & {
  dataset_name: string | null;
  disk_bytes: number;
  checkpoint_count: number;
  waiting_before: number;
};

export function createRunRowRepository(db: QuorumDatabase): RunRowRepository {
  /**
   * By attempt, since only a resume changes a spec; to read and parse a thousand class names for every list would take
   * long.
   */
  const specs = new Map<string, { readonly attempt: number; readonly spec: RunRowSpec }>();
  /** What was last made of each row, so that a list parses only those that have changed. */
  const made = new Map<string, { readonly from: Row; readonly run: RunRow }>();

  const query = async (condition: ReturnType<typeof sql>): Promise<Row[]> =>
    (
      await sql<Row>`
    select ${SELECTED}, datasets.name as dataset_name, coalesce(kept.bytes, 0) as disk_bytes, coalesce(kept.amount, 0) as checkpoint_count,
      case when runs.queue_position is null then 0 else (select count(*) from runs other where other.queue_position < runs.queue_position and other.trashed_at is null) end as waiting_before
    from runs left join datasets on datasets.id = runs.dataset_id
    left join (select run_id, sum(size_bytes) as bytes, count(*) as amount from checkpoints group by run_id) kept on kept.run_id = runs.id
    where ${condition} order by runs.created_at desc, runs.id desc`.execute(db)
    ).rows;

  const readRow = (row: Row, spec: RunRowSpec): RunRow => ({
    id: row.id,
    name: row.name,
    state: RunState.parse(row.state),
    reason: row.reason,
    spec,
    device: readNullableJson(DeviceReport, row.device_json, 'device'),
    error: readNullableJson(ErrorReport, row.error_json, 'error'),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    step: row.step,
    totalSteps: row.total_steps,
    last: readJson(Values, row.last_json, 'last'),
    best: readJson(Values, row.best_json, 'best'),
    bestEpoch: row.best_epoch,
    tags: readJson(z.array(z.string()), row.tags_json, 'tags'),
    note: row.note,
    datasetName: row.dataset_name,
    groupId: row.group_id,
    queuePosition: row.queue_position === null ? null : row.waiting_before + 1,
    attempt: row.attempt,
    epoch: row.epoch,
    durationMs: row.duration_ms,
    diskBytes: row.disk_bytes,
    trashedAt: row.trashed_at,
    resumable: row.checkpoint_count > 0,
  });

  function asRow(row: Row, specJson: string | undefined): RunRow {
    const known = made.get(row.id);
    if (known && isSame(known.from, row)) return known.run;
    const run = readRow(row, knownSpec(row) ?? settingsOf(row, specJson));
    made.set(row.id, { from: row, run });
    return run;
  }

  function knownSpec({ id, attempt }: Row): RunRowSpec | null {
    const known = specs.get(id);
    return known?.attempt === attempt ? known.spec : null;
  }

  function settingsOf({ id, attempt }: Row, json = ''): RunRowSpec {
    const { classNames, classIds, ...settings } = readJson(RunSpec, json, 'spec');
    const result = { ...settings, classes: classNames.length };
    specs.set(id, { attempt, spec: result });
    return result;
  }

  async function rowsOf(condition: ReturnType<typeof sql>): Promise<{ runs: RunRow[]; damaged: DamagedRun[] }> {
    const rows = await query(condition);
    const unread = rows.flatMap((row) => (knownSpec(row) ? [] : [row.id]));
    const stored = new Map(
      (unread.length === 0
        ? []
        : await db.selectFrom('runs').select(['id', 'spec_json']).where('id', 'in', unread).execute()
      ).map((row) => [row.id, row.spec_json]),
    );
    const runs: RunRow[] = [];
    const damaged: DamagedRun[] = [];
    let breath = performance.now();
    for (const row of rows) {
      try {
        runs.push(asRow(row, stored.get(row.id)));
      } catch (error) {
        damaged.push({ id: row.id, name: row.name, problem: error instanceof Error ? error.message : String(error) });
      }
      // hundreds of specs are read at the first list: the host answers others in between
      if (performance.now() - breath > MOST_MS) {
        await new Promise(setImmediate);
        breath = performance.now();
      }
    }
    return { runs, damaged };
  }

  return {
    list: ({ trashed }) => rowsOf(trashed ? sql`runs.trashed_at is not null` : sql`runs.trashed_at is null`),
    async pending(states) {
      return (
        await rowsOf(
          sql`runs.trashed_at is null and (runs.queue_position is not null or runs.state in (${sql.join(states)}))`,
        )
      ).runs;
    },
    async find(id) {
      const {
        runs: [run],
        damaged: [broken],
      } = await rowsOf(sql`runs.id = ${id}`);
      if (broken) throw new Error(broken.problem);
      return run ?? null;
    },
    async annotate(id, { name, note, tags, groupId }) {
      const set: Partial<RunsTable> = {
        ...(name !== undefined && { name }),
        ...(note !== undefined && { note }),
        ...(tags !== undefined && { tags_json: JSON.stringify(tags) }),
        ...(groupId !== undefined && { group_id: groupId }),
      };
      if (Object.keys(set).length > 0) await db.updateTable('runs').set(set).where('id', '=', id).execute();
    },
    async setTrashed(id, at) {
      await db
        .updateTable('runs')
        .set({ trashed_at: at, ...(at !== null && { queue_position: null }) })
        .where('id', '=', id)
        .execute();
    },
  };
}

/** Every column of both is the same. */
function isSame(a: Row, b: Row): boolean {
  return Object.entries(a).every(([name, value]) => value === Reflect.get(b, name));
}
