/**
 * Metric series on a connection of its own that only reads, so that a thread can read millions of points while the host
 * goes on.
 */
import Sqlite from 'better-sqlite3';
import type { MetricSeries, RunSeries } from '../../contract/api/runTypes.ts';
import { canBeLookedAt, inMemory } from './openReadOnly.ts';
import { pickPoints, thinSeries } from './thinSeries.ts';

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
  const attempts = db.prepare<[string], { attempt: number; step: number }>(
    'select attempt, step from runs where id = ?',
  );
  const known = db.prepare<[string]>('select distinct name from metrics where run_id = ? order by name').pluck();
  const points = db
    .prepare<[string, string, number], Point>(
      'select step, epoch, value from metrics where run_id = ? and name = ? and step > ? order by step',
    )
    .raw();
  const kinds = db
    .prepare<[string, string, number], string>(
      'select kind from metrics where run_id = ? and name = ? and step > ? and value is null order by step',
    )
    .pluck();

  /**
   * Metric by metric along the table's own order, so that what nobody asked for is not even read, and thinned before
   * anything is made of it.
   */
  function readSeries(run: string, name: string, afterStep: number, maxPoints: number): MetricSeries | null {
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

  return {
    read({ runs, names, maxPoints }) {
      const read = runs.flatMap(({ run, afterStep }) => {
        const state = attempts.get(run);
        if (!state) return [];
        let lastStep = afterStep;
        const series: MetricSeries[] = [];
        for (const name of names ? [...names].sort() : (known.all(run) as string[])) {
          const one = readSeries(run, name, afterStep, maxPoints);
          if (!one) continue;
          lastStep = Math.max(lastStep, one.steps.at(-1) ?? -1);
          series.push(one);
        }
        return [{ runId: run, attempt: state.attempt, lastStep, series }];
      });
      const amount = read.reduce(
        (sum, { series }) => sum + series.reduce((points, { steps }) => points + steps.length, 0),
        0,
      );
      if (maxPoints === 0 || amount <= POINTS_AN_ANSWER) return read;
      const share = POINTS_AN_ANSWER / amount;
      return read.map((run) => ({
        ...run,
        series: run.series.map((one) => thinSeries(one, Math.max(LEAST_POINTS, Math.floor(one.steps.length * share)))),
      }));
    },
    close: () => db.close(),
  };
}
