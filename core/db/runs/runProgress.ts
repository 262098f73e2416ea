/** Progress of a run: its points, its last and best values, and what another attempt goes on from. */
import { sql } from 'kysely';
import type { MetricPoint } from '../../../contract/metrics.ts';
import type { RunState } from '../../../contract/run.ts';
import { readJson } from '../jsonColumn.ts';
import { insertPoints, lastValues } from '../metricRepository.ts';
import type { QuorumDatabase } from '../schema.ts';
import { MetricValues } from './storedRun.ts';

export interface RunProgress {
  readonly step: number;
  readonly epoch: number;
  /** The values so far are the best ones. */
  readonly bestEpoch?: number;
  readonly state?: RunState;
}

/** The checkpoint that a process goes on from. */
export interface ContinuedFrom {
  readonly seq: number;
  readonly step: number;
  readonly epoch: number;
  readonly bestSeq: number | null;
  readonly bestEpoch: number | null;
}

export async function recordPoints(
  db: QuorumDatabase,
  id: string,
  points: readonly MetricPoint[],
  { step, epoch, bestEpoch, state }: RunProgress,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await insertPoints(transaction, id, points);
    const row = await transaction.selectFrom('runs').select(['last_json']).where('id', '=', id).executeTakeFirst();
    const last = { ...readJson(MetricValues, row?.last_json ?? '{}', 'last'), ...finiteValues(points) };
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
}

export async function beginAttempt(db: QuorumDatabase, id: string, step: number): Promise<void> {
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
}

export function continueFrom(
  db: QuorumDatabase,
  id: string,
  { seq, step, epoch, bestSeq, bestEpoch }: ContinuedFrom,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
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
  });
}

function finiteValues(points: readonly MetricPoint[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const point of points)
    if (point.value !== null && Number.isFinite(point.value)) values[point.name] = point.value;
  return values;
}
