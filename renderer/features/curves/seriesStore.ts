/**
 * Curves: stored points of the runs asked for, and what events add to them. Columns of numbers, never one object a
 * point.
 */
import { defineStore } from 'pinia';
import { shallowRef, triggerRef } from 'vue';
import type { StudioClient } from '../../../contract/api/contract.ts';
import { parseSeries, type RunSeries } from '../../../contract/api/runs/runTypes.ts';
import type { MetricPoint } from '../../../contract/metrics.ts';
import { COMPARED, DRAWN } from './curveSettings.ts';
import { addSeries, appendPoints, curvesOf, lastStepOf, type RunCurves } from './runCurves.ts';
import { throttled } from '../../ui/throttled.ts';
import { useBridge } from '../../bridge/useBridge.ts';

/** Runs in one question. */
const MOST_RUNS = 25;
/** Points a series that comparing many runs takes. */
const COMPARED_POINTS = 240;

/** Between two drawings of what training says. */
const LIVE_MS = 400;

/**
 * Asks for the stored points of `runs`, in small questions, so that no answer holds up the host.
 * @param maxPoints of each series; all where not given
 */
async function askSeries(
  api: StudioClient,
  runs: readonly string[],
  names: readonly string[],
  maxPoints?: number,
): Promise<RunSeries[]> {
  const questions = Array.from({ length: Math.ceil(runs.length / MOST_RUNS) }, (_, i) =>
    runs.slice(i * MOST_RUNS, (i + 1) * MOST_RUNS),
  );
  const answers = await Promise.all(
    questions.map((ids) =>
      api.runs.series({
        runs: ids.map((run) => ({ run })),
        names: [...names],
        ...(maxPoints !== undefined && { maxPoints }),
      }),
    ),
  );
  return answers.flatMap(parseSeries);
}

export const useSeriesStore = defineStore('series', () => {
  const { api, onEvent, onResync } = useBridge();
  const curves = shallowRef(new Map<string, RunCurves>());
  /** Runs whose stored points are on their way; what events bring meanwhile is kept for after them. */
  const pending = new Map<string, MetricPoint[]>();

  /** A chart of a long run takes longer to draw than a frame lasts; the eye needs no more than this of it. */
  const tell = throttled(() => triggerRef(curves), LIVE_MS);

  function adopt(stored: RunSeries, whole: boolean): void {
    const { runId } = stored;
    curves.value.set(runId, curvesOf(stored, whole, pending.get(runId) ?? []));
    pending.delete(runId);
  }

  function add({ runId, series }: RunSeries): void {
    const known = curves.value.get(runId);
    if (known && !known.whole) addSeries(known, series);
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
      const ask = async (names: readonly string[], take: (one: RunSeries) => void): Promise<void> => {
        for (const one of await askSeries(api, wanted, names, whole ? undefined : COMPARED_POINTS)) take(one);
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
