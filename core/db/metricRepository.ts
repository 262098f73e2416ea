/** Metric points: one row a (run, name, step), written in batches. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { MetricPoint } from '../../contract/metrics.ts';
import type { QuorumDatabase, QuorumTables } from './schema.ts';

/** Six columns a row; SQLite takes 32,766 variables a statement. */
const ROWS_PER_INSERT = 2000;

export interface MetricRepository {
  /** All points in one transaction; a point of the same run, name and step is replaced. */
  append(runId: string, points: readonly MetricPoint[]): Promise<void>;
  /** In order of step; all names unless `names` is given. */
  list(runId: string, options?: { names?: readonly string[]; afterStep?: number }): Promise<MetricPoint[]>;
}

export function createMetricRepository(db: QuorumDatabase): MetricRepository {
  return {
    async append(runId, points) {
      if (points.length > 0) await db.transaction().execute((transaction) => insertPoints(transaction, runId, points));
    },
    async list(runId, options = {}) {
      let query = db
        .selectFrom('metrics')
        .select(['name', 'step', 'epoch', 'value', 'kind'])
        .where('run_id', '=', runId)
        .where('step', '>', options.afterStep ?? -1);
      if (options.names) query = query.where('name', 'in', [...options.names]);
      const rows = await query.orderBy('name').orderBy('step').execute();
      return rows.map((row) => ({ ...row, kind: asKind(row.kind) }));
    },
  };
}

/** Part of a larger transaction. */
export async function insertPoints(
  db: Transaction<QuorumTables>,
  runId: string,
  points: readonly MetricPoint[],
): Promise<void> {
  for (let at = 0; at < points.length; at += ROWS_PER_INSERT) {
    const rows = points.slice(at, at + ROWS_PER_INSERT).map((point) => ({ run_id: runId, ...storable(point) }));
    await db
      .insertInto('metrics')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'name', 'step']).doUpdateSet((row) => ({
          epoch: row.ref('excluded.epoch'),
          value: row.ref('excluded.value'),
          kind: row.ref('excluded.kind'),
        })),
      )
      .execute();
  }
}

/**
 * A point whose `value` and `kind` contradict each other would be refused by the table and take its whole batch with
 * it: the value decides.
 */
function storable({ name, step, epoch, value, kind }: MetricPoint): {
  name: string;
  step: number;
  epoch: number;
  value: number | null;
  kind: string;
} {
  if (value !== null && Number.isFinite(value)) return { name, step, epoch, value, kind: 'finite' };
  return { name, step, epoch, value: null, kind: kind === 'finite' ? 'nan' : kind };
}

function asKind(kind: string): MetricPoint['kind'] {
  return kind === 'finite' || kind === 'inf' || kind === '-inf' ? kind : 'nan';
}

/** Last finite value of each metric of a run, up to the end of `epoch` where it is given. */
export async function lastValues(
  db: Kysely<QuorumTables>,
  runId: string,
  epoch = Number.MAX_VALUE,
): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; value: number }>`
    select m.name, m.value from metrics m
    join (
      select name, max(step) as step from metrics
      where run_id = ${runId} and kind = 'finite' and epoch <= ${epoch}
      group by name
    ) newest on newest.name = m.name and newest.step = m.step
    where m.run_id = ${runId}`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}
