/** Runs: the frozen spec, the state, and what is shown in a list without reading the metrics. */
import { sql } from 'kysely';
import { z } from 'zod';
import { ErrorReport, StudioError } from '../../contract/errors.ts';
import type { MetricPoint } from '../../contract/metrics.ts';
import { ACTIVE_STATES, DeviceReport, RunState, type Run, WAITING_STATES } from '../../contract/run.ts';
import { RunSpec } from '../../contract/runSpec.ts';
import { readJson, readNullableJson } from './jsonColumn.ts';
import { insertPoints, lastValues } from './metricRepository.ts';
import type { QuorumDatabase, RunsTable } from './schema.ts';

const Values = z.record(z.string(), z.number());

export interface DamagedRun {
  readonly id: string;
  readonly name: string;
  readonly problem: string;
}

/** What changes while a run lives; left out = unchanged. */
export interface RunChange {
  readonly state?: RunState;
  readonly reason?: string | null;
  readonly device?: DeviceReport;
  readonly versions?: Record<string, string>;
  readonly error?: ErrorReport | null;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly epoch?: number;
  readonly startedAt?: string;
  readonly endedAt?: string | null;
  readonly addDurationMs?: number;
}

export interface ContinuedFrom {
  readonly seq: number;
  readonly step: number;
  readonly epoch: number;
  readonly bestSeq: number | null;
  readonly bestEpoch: number | null;
}

export interface RunRepository {
  create(run: {
    id: string;
    spec: RunSpec;
    tags?: readonly string[];
    note?: string;
    createdAt?: string;
  }): Promise<void>;
  find(id: string): Promise<Run | null>;
  /** Newest first, without those in the trash; a damaged row is named in `damaged` and hides no other. */
  list(): Promise<{ runs: Run[]; damaged: DamagedRun[] }>;
  /** Ids and names of all runs outside the trash, for looking one up. */
  names(): Promise<{ id: string; name: string }[]>;
  idsInState(states: readonly RunState[]): Promise<string[]>;
  update(id: string, change: RunChange): Promise<void>;
  /** The spec under which a run goes on; the next attempt shows it. */
  changeSpec(id: string, spec: RunSpec): Promise<void>;
  /** Points and the run's progress in one transaction; `bestEpoch` marks the values so far as the best ones. */
  recordPoints(
    id: string,
    points: readonly MetricPoint[],
    progress: { step: number; epoch: number; bestEpoch?: number; state?: RunState },
  ): Promise<void>;
  /** Starts another attempt at `step`: state `starting`, and what was recorded beyond that step is removed in the same transaction. */
  beginAttempt(id: string, step: number): Promise<void>;
  /**
   * What the process really goes on from: points and checkpoints beyond it are forgotten, and the best is that of the checkpoint. True when any point
   * was; the attempt then has another number, so that whoever shows the curve reads it again.
   */
  continueFrom(id: string, point: ContinuedFrom): Promise<boolean>;
  /** Takes it off the list with its metrics and checkpoints; its folder is not looked at. */
  forget(id: string): Promise<void>;
  countForDataset(datasetId: string): Promise<{ active: number; all: number }>;
}

export function createRunRepository(db: QuorumDatabase): RunRepository {
  return {
    async create({ id, spec, tags = [], note = '', createdAt = new Date().toISOString() }) {
      await db
        .insertInto('runs')
        .values({
          id,
          name: spec.name,
          state: 'queued',
          dataset_id: spec.dataset,
          model: spec.model.name,
          spec_json: JSON.stringify(spec),
          tags_json: JSON.stringify(tags),
          note,
          group_id: spec.group ?? null,
          attempt: 0,
          step: 0,
          epoch: 0,
          last_json: '{}',
          best_json: '{}',
          duration_ms: 0,
          created_at: createdAt,
        })
        .execute();
    },
    async find(id) {
      const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      try {
        return asSummary(row);
      } catch (error) {
        throw new StudioError(
          'run.notFound',
          `Run ${id} needs repair: ${error instanceof Error ? error.message : String(error)}.`,
          {
            remedy:
              'Its folder under runs/ holds the spec and the checkpoints; remove the entry with quorum runs remove.',
            cause: error,
          },
        );
      }
    },
    async list() {
      const rows = await db
        .selectFrom('runs')
        .selectAll()
        .where('trashed_at', 'is', null)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      const runs: Run[] = [];
      const damaged: DamagedRun[] = [];
      for (const row of rows) {
        try {
          runs.push(asSummary(row));
        } catch (error) {
          damaged.push({ id: row.id, name: row.name, problem: error instanceof Error ? error.message : String(error) });
        }
      }
      return { runs, damaged };
    },
    names: () =>
      db
        .selectFrom('runs')
        .select(['id', 'name'])
        .where('trashed_at', 'is', null)
        .orderBy('created_at', 'desc')
        .execute(),
    async idsInState(states) {
      return (
        await db
          .selectFrom('runs')
          .select('id')
          .where('state', 'in', [...states])
          .execute()
      ).map((row) => row.id);
    },
    async changeSpec(id, spec) {
      await db
        .updateTable('runs')
        .set({ spec_json: JSON.stringify(spec) })
        .where('id', '=', id)
        .execute();
    },
    async update(id, change) {
      const set: Partial<RunsTable> = {
        ...(change.state !== undefined && { state: change.state }),
        ...(change.reason !== undefined && { reason: change.reason }),
        ...(change.device !== undefined && { device_json: JSON.stringify(change.device) }),
        ...(change.versions !== undefined && { versions_json: JSON.stringify(change.versions) }),
        ...(change.error !== undefined && { error_json: change.error === null ? null : JSON.stringify(change.error) }),
        ...(change.step !== undefined && { step: change.step }),
        ...(change.totalSteps !== undefined && { total_steps: change.totalSteps }),
        ...(change.epoch !== undefined && { epoch: change.epoch }),
        ...(change.startedAt !== undefined && { started_at: change.startedAt }),
        ...(change.endedAt !== undefined && { ended_at: change.endedAt }),
      };
      await db.transaction().execute(async (transaction) => {
        if (Object.keys(set).length > 0) await transaction.updateTable('runs').set(set).where('id', '=', id).execute();
        if (change.addDurationMs)
          await transaction
            .updateTable('runs')
            .set((row) => ({ duration_ms: row('duration_ms', '+', change.addDurationMs ?? 0) }))
            .where('id', '=', id)
            .execute();
      });
    },
    async recordPoints(id, points, { step, epoch, bestEpoch, state }) {
      await db.transaction().execute(async (transaction) => {
        await insertPoints(transaction, id, points);
        const row = await transaction.selectFrom('runs').select(['last_json']).where('id', '=', id).executeTakeFirst();
        const last = { ...readJson(Values, row?.last_json ?? '{}', 'last'), ...finiteValues(points) };
        await transaction
          .updateTable('runs')
          .set({
            step,
            epoch,
            last_json: JSON.stringify(last),
            ...(state && { state }),
            ...(bestEpoch !== undefined && { best_epoch: bestEpoch, best_json: JSON.stringify(last) }),
          })
          .where('id', '=', id)
          .execute();
      });
    },
    async beginAttempt(id, step) {
      await db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('metrics').where('run_id', '=', id).where('step', '>', step).execute();
        const last = await lastValues(transaction, id);
        await transaction
          .updateTable('runs')
          .set((row) => ({
            state: 'starting',
            reason: null,
            error_json: null,
            ended_at: null,
            step,
            last_json: JSON.stringify(last),
            attempt: row('attempt', '+', 1),
            ...(step === 0 && { best_epoch: null, best_json: '{}', epoch: 0 }),
          }))
          .where('id', '=', id)
          .execute();
      });
    },
    continueFrom: (id, { seq, step, epoch, bestSeq, bestEpoch }) =>
      db.transaction().execute(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('metrics')
          .where('run_id', '=', id)
          .where('step', '>', step)
          .executeTakeFirst();
        await transaction.deleteFrom('checkpoints').where('run_id', '=', id).where('seq', '>', seq).execute();
        await transaction
          .updateTable('checkpoints')
          .set((row) => ({ is_best: sql<number>`${row.ref('seq')} = ${bestSeq ?? -1}` }))
          .where('run_id', '=', id)
          .execute();
        const last = await lastValues(transaction, id);
        const best = bestEpoch === null ? {} : await lastValues(transaction, id, bestEpoch);
        await transaction
          .updateTable('runs')
          .set((row) => ({
            step,
            epoch,
            last_json: JSON.stringify(last),
            best_epoch: bestEpoch,
            best_json: JSON.stringify(best),
            ...(numDeletedRows > 0n && { attempt: row('attempt', '+', 1) }),
          }))
          .where('id', '=', id)
          .execute();
        return numDeletedRows > 0n;
      }),
    async forget(id) {
      await db.deleteFrom('runs').where('id', '=', id).execute();
    },
    async countForDataset(datasetId) {
      const rows = await db
        .selectFrom('runs')
        .select('state')
        .where('dataset_id', '=', datasetId)
        .where('trashed_at', 'is', null)
        .execute();
      const active = rows.filter((row) =>
        [...WAITING_STATES, ...ACTIVE_STATES].some((state) => state === row.state),
      ).length;
      return { active, all: rows.length };
    },
  };
}

function finiteValues(points: readonly MetricPoint[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const point of points)
    if (point.value !== null && Number.isFinite(point.value)) values[point.name] = point.value;
  return values;
}

function asSummary(row: RunsTable): Run {
  return {
    id: row.id,
    name: row.name,
    state: RunState.parse(row.state),
    reason: row.reason,
    spec: readJson(RunSpec, row.spec_json, 'spec'),
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
  };
}
