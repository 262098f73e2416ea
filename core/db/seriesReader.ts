/**
 * Metric series on a connection of its own that only reads, so that a thread can read millions of points while the host
 * goes on.
 */
import Sqlite from 'better-sqlite3';
import type { MetricSeries, RunSeries } from '../../contract/api/runs/runTypes.ts';
import { canBeLookedAt, inMemory } from './openReadOnly.ts';
import { pickPoints } from '../../pure/pickPoints.ts';
import { thinSeries } from './thinSeries.ts';

export interface SeriesRequest {
  readonly runs: readonly { readonly run: string; readonly afterStep: number }[];
  readonly names?: readonly string[];
  /** Points a series; 0 = all. */
  readonly maxPoints: number;
}

export interface SeriesReader {
  read(request: SeriesRequest): RunSeries[];
  close(): void;
}

type Point = [step: number, epoch: number, value: number | null];

/**
 * Points of one answer, so that no screenful of runs holds up the host while it is written out; a series keeps
 * `LEAST_POINTS` all the same.
 */
const POINTS_AN_ANSWER = 100_000;
const LEAST_POINTS = 200;

/** To read a database with a log beside it, SQLite writes; a full or read-only disk does not let it. */
function openForReading(path: string): Sqlite.Database {
  try {
    const db = new Sqlite(path, { readonly: true, timeout: 5000 });
    db.pragma('user_version');
    return db;
  } catch (error) {
    if (canBeLookedAt(error, path)) return inMemory(path);
    throw error;
  }
}

/** Opens the database at `path`, which must exist and have its newest shape. */
export function openSeriesReader(path: string): SeriesReader {
  const db = openForReading(path);
  const statements = prepareStatements(db);
  return {
    read: ({ runs, names, maxPoints }) => {
      const all = runs.flatMap(({ run, afterStep }) => readRun(statements, run, afterStep, names, maxPoints));
      return maxPoints === 0 ? all : fitIntoAnswer(all);
    },
    close: () => db.close(),
  };
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Sqlite.Database) {
  return {
    attempts: db.prepare<[string], { attempt: number; step: number }>('select attempt, step from runs where id = ?'),
    names: db.prepare<[string], string>('select distinct name from metrics where run_id = ? order by name').pluck(),
    points: db
      .prepare<[string, string, number], Point>(
        'select step, epoch, value from metrics where run_id = ? and name = ? and step > ? order by step',
      )
      .raw(),
    kinds: db
      .prepare<[string, string, number], string>(
        'select kind from metrics where run_id = ? and name = ? and step > ? and value is null order by step',
      )
      .pluck(),
  };
}

/** Empty where there is no such run. */
function readRun(
  statements: Statements,
  runId: string,
  afterStep: number,
  names: readonly string[] | undefined,
  maxPoints: number,
): RunSeries[] {
  const state = statements.attempts.get(runId);
  if (!state) return [];
  const series = (names ? [...names].sort() : statements.names.all(runId)).flatMap((name) => {
    const metric = readSeries(statements, runId, name, afterStep, maxPoints);
    return metric ? [metric] : [];
  });
  const lastStep = series.reduce((last, { steps }) => Math.max(last, steps.at(-1) ?? -1), afterStep);
  return [{ runId, attempt: state.attempt, lastStep, series }];
}

/**
 * Metric by metric along the table's own order, so that what nobody asked for is not even read, and thinned before
 * anything is made of it.
 */
function readSeries(
  { points, kinds }: Statements,
  run: string,
  name: string,
  afterStep: number,
  maxPoints: number,
): MetricSeries | null {
  const rows = points.all(run, name, afterStep);
  const last = rows.at(-1);
  if (!last) return null;
  const picked = pickPoints(rows.length, (place) => rows[place]?.[2], maxPoints);
  const series: MetricSeries = { name, steps: [], epochs: [], values: [], nonFinite: [], total: rows.length };
  for (const [step, epoch, value] of picked?.map((place) => rows[place] ?? last) ?? rows) {
    if (value === null) series.nonFinite.push({ at: series.steps.length, kind: 'nan' });
    series.steps.push(step);
    series.epochs.push(epoch);
    series.values.push(value);
  }
  if (series.nonFinite.length > 0) {
    // all of them are kept, in this order
    for (const [i, kind] of kinds.all(run, name, afterStep).entries()) {
      const point = series.nonFinite[i];
      if (point && (kind === 'inf' || kind === '-inf')) point.kind = kind;
    }
  }
  return series;
}

function fitIntoAnswer(runs: RunSeries[]): RunSeries[] {
  const points = runs.flatMap(({ series }) => series).reduce((sum, { steps }) => sum + steps.length, 0);
  if (points <= POINTS_AN_ANSWER) return runs;
  const share = POINTS_AN_ANSWER / points;
  return runs.map((run) => ({
    ...run,
    series: run.series.map((metric) =>
      thinSeries(metric, Math.max(LEAST_POINTS, Math.floor(metric.steps.length * share))),
    ),
  }));
}
