/** Metric series on a connection of its own that only reads, so that a thread can read millions of points while the host goes on. */
import Sqlite from 'better-sqlite3';
import type { MetricSeries, RunSeries } from '../../contract/api/runTypes.ts';
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

type Point = [name: string, step: number, epoch: number, value: number | null, kind: string | null];

/** Points of one answer, so that no screenful of runs holds up the host while it is written out; a series keeps `LEAST_POINTS` all the same. */
const POINTS_AN_ANSWER = 100_000;
const LEAST_POINTS = 200;

/** Opens the database at `path`, which must exist and have its newest shape. */
export function openSeriesReader(path: string): SeriesReader {
  const db = new Sqlite(path, { readonly: true, timeout: 5000 });
  const attempts = db.prepare<[string], { attempt: number; step: number }>('select attempt, step from runs where id = ?');
  const points = db.prepare<[string, number], Point>('select name, step, epoch, value, case when value is null then kind end from metrics where run_id = ? and step > ? order by name, step').raw();
  return {
    read({ runs, names, maxPoints }) {
      const wanted = names && new Set(names);
      const read = runs.flatMap(({ run, afterStep }) => {
        const state = attempts.get(run);
        if (!state) return [];
        const series: MetricSeries[] = [];
        let current: MetricSeries | undefined;
        let lastStep = afterStep;
        for (const [name, step, epoch, value, kind] of points.all(run, afterStep)) {
          if (wanted && !wanted.has(name)) continue;
          if (current === undefined || current.name !== name) {
            current = { name, steps: [], epochs: [], values: [], nonFinite: [], total: 0 };
            series.push(current);
          }
          if (value === null) current.nonFinite.push({ at: current.steps.length, kind: kind === 'inf' || kind === '-inf' ? kind : 'nan' });
          current.steps.push(step);
          current.epochs.push(epoch);
          current.values.push(value);
          if (step > lastStep) lastStep = step;
        }
        // Thinned at once to what was asked for, so that memory holds one long run at a time.
        return [{ runId: run, attempt: state.attempt, lastStep, series: series.map((one) => thinSeries({ ...one, total: one.steps.length }, maxPoints)) }];
      });
      const amount = read.reduce((sum, { series }) => sum + series.reduce((points, { steps }) => points + steps.length, 0), 0);
      if (maxPoints === 0 || amount <= POINTS_AN_ANSWER) return read;
      const share = POINTS_AN_ANSWER / amount;
      return read.map((run) => ({ ...run, series: run.series.map((one) => thinSeries(one, Math.max(LEAST_POINTS, Math.floor(one.steps.length * share)))) }));
    },
    close: () => db.close(),
  };
}
