/** Runs: the frozen spec, the state, and what is shown in a list without reading the metrics. */
import { type ErrorReport, StudioError } from '../../../contract/errors.ts';
import type { MetricPoint } from '../../../contract/metrics.ts';
import { ACTIVE_STATES, type DeviceReport, type Run, type RunState, WAITING_STATES } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { beginAttempt, continueFrom, recordPoints, type ContinuedFrom, type RunProgress } from './runProgress.ts';
import type { QuorumDatabase, RunsTable } from '../schema.ts';
import { problemOf, readRun, type DamagedRun } from './storedRun.ts';

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

export interface NewRun {
  readonly id: string;
  readonly spec: RunSpec;
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly createdAt?: string;
}

export interface RunRepository {
  create(run: NewRun): Promise<void>;
  /** Null when there is no such run. @throws {StudioError} run.notFound: its row is damaged */
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
  recordPoints(id: string, points: readonly MetricPoint[], progress: RunProgress): Promise<void>;
  /**
   * Starts another attempt at `step`: state `starting`, and what was recorded beyond that step is removed in the same
   * transaction.
   */
  beginAttempt(id: string, step: number): Promise<void>;
  /**
   * What the process really goes on from: points and checkpoints beyond it are forgotten, and the best is that of the
   * checkpoint. True when any point was; the attempt then has another number, so that whoever shows the curve reads it
   * again.
   */
  continueFrom(id: string, point: ContinuedFrom): Promise<boolean>;
  /** Takes it off the list with its metrics and checkpoints; its folder is not looked at. */
  forget(id: string): Promise<void>;
  countForDataset(datasetId: string): Promise<{ active: number; all: number }>;
}

export function createRunRepository(db: QuorumDatabase): RunRepository {
  return {
    create: (run) => insertRun(db, run),
    find: (id) => findRun(db, id),
    list: () => listRuns(db),
    names: () => listNames(db),
    idsInState: (states) => idsInState(db, states),
    update: (id, change) => updateRun(db, id, change),
    async changeSpec(id, spec) {
      const columns = { spec_json: JSON.stringify(spec) };
      await db.updateTable('runs').set(columns).where('id', '=', id).execute();
    },
    recordPoints: (id, points, progress) => recordPoints(db, id, points, progress),
    beginAttempt: (id, step) => beginAttempt(db, id, step),
    continueFrom: (id, point) => continueFrom(db, id, point),
    async forget(id) {
      await db.deleteFrom('runs').where('id', '=', id).execute();
    },
    countForDataset: (datasetId) => countForDataset(db, datasetId),
  };
}

async function insertRun(
  db: QuorumDatabase,
  { id, spec, tags = [], note = '', createdAt = new Date().toISOString() }: NewRun,
): Promise<void> {
  const row = {
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
  };
  await db.insertInto('runs').values(row).execute();
}

async function findRun(db: QuorumDatabase, id: string): Promise<Run | null> {
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  try {
    return readRun(row);
  } catch (error) {
    throw new StudioError('run.notFound', `Run ${id} needs repair: ${problemOf(error)}.`, {
      remedy: 'Its folder under runs/ holds the spec and the checkpoints; remove the entry with quorum runs remove.',
      cause: error,
    });
  }
}

async function listRuns(db: QuorumDatabase): Promise<{ runs: Run[]; damaged: DamagedRun[] }> {
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
      runs.push(readRun(row));
    } catch (error) {
      damaged.push({ id: row.id, name: row.name, problem: problemOf(error) });
    }
  }
  return { runs, damaged };
}

function listNames(db: QuorumDatabase): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'name'])
    .where('trashed_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
}

async function idsInState(db: QuorumDatabase, states: readonly RunState[]): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('state', 'in', [...states])
    .execute();
  return rows.map((row) => row.id);
}

async function updateRun(db: QuorumDatabase, id: string, change: RunChange): Promise<void> {
  const set = changedColumns(change);
  await db.transaction().execute(async (transaction) => {
    if (Object.keys(set).length > 0) await transaction.updateTable('runs').set(set).where('id', '=', id).execute();
    if (change.addDurationMs)
      await transaction
        .updateTable('runs')
        .set((row) => ({ duration_ms: row('duration_ms', '+', change.addDurationMs ?? 0) }))
        .where('id', '=', id)
        .execute();
  });
}

function changedColumns(change: RunChange): Partial<RunsTable> {
  return {
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
}

async function countForDataset(db: QuorumDatabase, datasetId: string): Promise<{ active: number; all: number }> {
  const rows = await db
    .selectFrom('runs')
    .select('state')
    .where('dataset_id', '=', datasetId)
    .where('trashed_at', 'is', null)
    .execute();
  const active = rows.filter((row) => [...WAITING_STATES, ...ACTIVE_STATES].some((state) => state === row.state));
  return { active: active.length, all: rows.length };
}
