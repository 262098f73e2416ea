/** Runs as lists show them: one query for all rows, and the frozen specs parsed once. */
import { sql } from 'kysely';
import { z } from 'zod';
import type { RunRow, RunSettings } from '../../contract/api/runTypes.ts';
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
  /** Null when there is no such run. @throws Error when its row is damaged */
  find(id: string): Promise<RunRow | null>;
  /** Name, note, tags and group; left out = unchanged. */
  annotate(id: string, change: { name?: string; note?: string; tags?: readonly string[]; groupId?: string }): Promise<void>;
  setTrashed(id: string, at: string | null): Promise<void>;
}

type Row = RunsTable & { dataset_name: string | null; disk_bytes: number; checkpoint_count: number; waiting_before: number };

export function createRunRowRepository(db: QuorumDatabase): RunRowRepository {
  /** Specs never change; parsing a thousand class names for every list would. */
  const specs = new Map<string, RunSettings>();

  const query = async (condition: ReturnType<typeof sql>): Promise<Row[]> => (await sql<Row>`
    select runs.*, datasets.name as dataset_name, coalesce(kept.bytes, 0) as disk_bytes, coalesce(kept.amount, 0) as checkpoint_count,
      case when runs.queue_position is null then 0 else (select count(*) from runs other where other.queue_position < runs.queue_position and other.trashed_at is null) end as waiting_before
    from runs left join datasets on datasets.id = runs.dataset_id
    left join (select run_id, sum(size_bytes) as bytes, count(*) as amount from checkpoints group by run_id) kept on kept.run_id = runs.id
    where ${condition} order by runs.created_at desc, runs.id desc`.execute(db)).rows;

  const asRow = (row: Row): RunRow => ({
    id: row.id, name: row.name, state: RunState.parse(row.state), reason: row.reason, spec: settingsOf(row),
    device: readNullableJson(DeviceReport, row.device_json, 'device'), error: readNullableJson(ErrorReport, row.error_json, 'error'),
    createdAt: row.created_at, startedAt: row.started_at, endedAt: row.ended_at, step: row.step, totalSteps: row.total_steps,
    last: readJson(Values, row.last_json, 'last'), best: readJson(Values, row.best_json, 'best'), bestEpoch: row.best_epoch,
    tags: readJson(z.array(z.string()), row.tags_json, 'tags'), note: row.note,
    datasetName: row.dataset_name, groupId: row.group_id, queuePosition: row.queue_position === null ? null : row.waiting_before + 1, attempt: row.attempt, epoch: row.epoch,
    durationMs: row.duration_ms, diskBytes: row.disk_bytes, trashedAt: row.trashed_at, resumable: row.checkpoint_count > 0,
  });

  function settingsOf(row: Row): RunSettings {
    const known = specs.get(row.id);
    if (known) return known;
    const { classNames, classIds, ...settings } = readJson(RunSpec, row.spec_json, 'spec');
    const result = { ...settings, classes: classNames.length };
    specs.set(row.id, result);
    return result;
  }

  return {
    async list({ trashed }) {
      const runs: RunRow[] = [];
      const damaged: DamagedRun[] = [];
      for (const row of await query(trashed ? sql`runs.trashed_at is not null` : sql`runs.trashed_at is null`)) {
        try {
          runs.push(asRow(row));
        } catch (error) {
          damaged.push({ id: row.id, name: row.name, problem: error instanceof Error ? error.message : String(error) });
        }
      }
      return { runs, damaged };
    },
    async find(id) {
      const [row] = await query(sql`runs.id = ${id}`);
      return row ? asRow(row) : null;
    },
    async annotate(id, { name, note, tags, groupId }) {
      const set: Partial<RunsTable> = { ...(name !== undefined && { name }), ...(note !== undefined && { note }), ...(tags !== undefined && { tags_json: JSON.stringify(tags) }), ...(groupId !== undefined && { group_id: groupId }) };
      if (Object.keys(set).length > 0) await db.updateTable('runs').set(set).where('id', '=', id).execute();
    },
    async setTrashed(id, at) {
      await db.updateTable('runs').set({ trashed_at: at, ...(at !== null && { queue_position: null }) }).where('id', '=', id).execute();
    },
  };
}
