/** Curves: stored points of the runs asked for, and what events add to them. Columns of numbers, never one object a point. */
import { defineStore } from 'pinia';
import { shallowRef, triggerRef } from 'vue';
import type { RunSeries } from '../../contract/api/runTypes.ts';
import type { MetricPoint } from '../../contract/run.ts';
import { appendPoints, type RunCurves } from '../curves/runCurves.ts';
import { useBridge } from '../composables/useBridge.ts';

export const useSeriesStore = defineStore('series', () => {
  const { api, onEvent, onResync } = useBridge();
  const curves = shallowRef(new Map<string, RunCurves>());
  /** Runs whose stored points are on their way; what events bring meanwhile is kept for after them. */
  const pending = new Map<string, MetricPoint[]>();

  function adopt({ runId, attempt, series }: RunSeries): void {
    const own: RunCurves = { attempt, columns: new Map(series.map(({ name, steps, epochs, values }) => [name, { steps: [...steps], epochs: [...epochs], values: [...values] }])) };
    const lastStored = Math.max(-1, ...series.map(({ steps }) => steps.at(-1) ?? -1));
    appendPoints(own, (pending.get(runId) ?? []).filter((point) => point.step > lastStored));
    pending.delete(runId);
    curves.value.set(runId, own);
  }

  async function load(runs: readonly string[], options: { again?: boolean } = {}): Promise<void> {
    const wanted = runs.filter((run) => options.again || (!curves.value.has(run) && !pending.has(run)));
    if (wanted.length === 0) return;
    for (const run of wanted) pending.set(run, []);
    try {
      for (let at = 0; at < wanted.length; at += 200) {
        const part = await api.runs.series({ runs: wanted.slice(at, at + 200).map((run) => ({ run })) });
        for (const one of part) adopt(one);
        triggerRef(curves);
      }
    } finally {
      for (const run of wanted) pending.delete(run);
    }
  }

  onResync(() => { void load([...curves.value.keys()], { again: true }).catch(() => undefined); });
  onEvent((event) => {
    if (event.type !== 'metrics') return;
    pending.get(event.runId)?.push(...event.points);
    const known = curves.value.get(event.runId);
    if (!known) return;
    // a resumed run lost what came after its checkpoint
    if (known.attempt !== event.attempt) { void load([event.runId], { again: true }).catch(() => undefined); return; }
    appendPoints(known, event.points);
    triggerRef(curves);
  });

  return { curves, load };
});
