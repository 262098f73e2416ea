/**
 * Curves: stored points of the runs asked for, and what events add to them. Columns of numbers, never one object a
 * point.
 */
import { defineStore } from 'pinia';
import { shallowRef, triggerRef } from 'vue';
import { type MetricSeries, parseSeries, type RunSeries } from '../../../contract/api/runs/runTypes.ts';
import { metricPoint, type MetricPoint } from '../../../contract/metrics.ts';
import { COMPARED, DRAWN } from './curveSettings.ts';
import { appendPoints, type RunCurves } from './runCurves.ts';
import { throttled } from '../../ui/throttled.ts';
import { useBridge } from '../../bridge/useBridge.ts';

/** Runs in one question. */
const MOST_RUNS = 25;
/** Points a series that comparing many runs takes. */
const COMPARED_POINTS = 240;

/** Between two drawings of what training says. */
const LIVE_MS = 400;

const columnsOf = (series: readonly MetricSeries[]): RunCurves['columns'] =>
  new Map(series.map(({ name, steps, epochs, values }) => [name, { steps, epochs, values }]));

export const useSeriesStore = defineStore('series', () => {
  const { api, onEvent, onResync } = useBridge();
  const curves = shallowRef(new Map<string, RunCurves>());
  /** Runs whose stored points are on their way; what events bring meanwhile is kept for after them. */
  const pending = new Map<string, MetricPoint[]>();

  /** A chart of a long run takes longer to draw than a frame lasts; the eye needs no more than this of it. */
  const tell = throttled(() => triggerRef(curves), LIVE_MS);

  const lastStepOf = (run: RunCurves): number =>
    Math.max(-1, ...[...run.columns.values()].map(({ steps }) => steps.at(-1) ?? -1));

  function adopt({ runId, attempt, series }: RunSeries, whole: boolean): void {
    const own: RunCurves = { attempt, whole, columns: columnsOf(series) };
    const lastStored = lastStepOf(own);
    appendPoints(
      own,
      (pending.get(runId) ?? []).filter((point) => point.step > lastStored),
    );
    pending.delete(runId);
    curves.value.set(runId, own);
  }

  /** Further metrics of a run that is known, before what events have brought since. */
  function add({ runId, series }: RunSeries): void {
    const known = curves.value.get(runId);
    if (!known || known.whole) return;
    for (const [name, stored] of columnsOf(series)) {
      const live = known.columns.get(name);
      const lastStored = stored.steps.at(-1) ?? -1;
      known.columns.set(name, stored);
      const newer = (live?.steps ?? []).flatMap((step, i): MetricPoint[] =>
        step > lastStored ? [metricPoint(name, step, live?.epochs[i] ?? 0, live?.values[i] ?? NaN)] : [],
      );
      appendPoints(known, newer);
    }
  }

  /** @param whole every drawn point, for one run; else what comparing takes. @param again although they are known */
  async function load(
    runs: readonly string[],
    { whole = false, again = false }: { whole?: boolean; again?: boolean } = {},
  ): Promise<void> {
    const wanted = runs.filter(
      (run) => again || ((!curves.value.has(run) || (whole && !curves.value.get(run)?.whole)) && !pending.has(run)),
    );
    if (wanted.length === 0) return;
    for (const run of wanted) pending.set(run, []);
    try {
      // small questions, so that no answer holds up the host; drawn once, when all have come
      const questions = Array.from({ length: Math.ceil(wanted.length / MOST_RUNS) }, (_, i) =>
        wanted.slice(i * MOST_RUNS, (i + 1) * MOST_RUNS),
      );
      const ask = async (names: readonly string[], take: (one: RunSeries) => void): Promise<void> => {
        await Promise.all(
          questions.map(async (ids) => {
            for (const one of parseSeries(
              await api.runs.series({
                runs: ids.map((run) => ({ run })),
                names: [...names],
                ...(!whole && { maxPoints: COMPARED_POINTS }),
              }),
            ))
              take(one);
          }),
        );
        triggerRef(curves);
      };
      if (whole) await ask(DRAWN, (one) => adopt(one, true));
      else {
        // the learning rate has a point every few steps, and reading it takes ten times as long as all that has one an
        // epoch
        await ask(
          COMPARED.filter((name) => name !== 'lr'),
          (one) => adopt(one, false),
        );
        await ask(['lr'], add);
      }
    } finally {
      for (const run of wanted) pending.delete(run);
    }
  }
  const reload = (ids: readonly string[]): void => {
    for (const whole of [true, false])
      void load(
        ids.filter((id) => curves.value.get(id)?.whole === whole),
        { whole, again: true },
      ).catch(() => undefined);
  };

  /**
   * Of the curves that are known, those that the stored runs are ahead of, or have another attempt of, are read again.
   */
  onResync(() => {
    void api.runs
      .list({})
      .then(({ runs }) => {
        reload(
          runs
            .filter(({ id, attempt, step }) => {
              const known = curves.value.get(id);
              return known && (known.attempt !== attempt || lastStepOf(known) < step);
            })
            .map(({ id }) => id),
        );
      })
      .catch(() => undefined);
  });
  onEvent((event) => {
    if (event.type !== 'metrics') return;
    const points = event.points.filter(({ name }) => DRAWN.includes(name));
    pending.get(event.runId)?.push(...points);
    const known = curves.value.get(event.runId);
    if (!known) return;
    // a resumed run lost what came after its checkpoint
    if (known.attempt !== event.attempt) {
      reload([event.runId]);
      return;
    }
    appendPoints(known, points);
    tell();
  });

  return { curves, load };
});
