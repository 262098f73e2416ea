/** Whether a run that came from elsewhere trains here as it did there: steps are done again, and their losses compared. */
import { METRIC } from '../../../contract/metrics.ts';
import type { Run } from '../../../contract/run.ts';
import { plural } from '../../../pure/plural.ts';
import { replayJob } from '../../worker/jobs/replay/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import type { Arrival } from './importRuns.ts';

const MOST_STEPS = 20;

export interface ReplayCheck {
  /** Step of the checkpoint that it began from. */
  readonly from: number;
  readonly steps: number;
  /** Largest difference of two losses; 0: equal to the bit, Infinity: one of them is not a number. */
  readonly difference: number;
}

/**
 * From the newest checkpoint that steps were recorded behind; null where the images are not here, or there is none: of a
 * run whose best checkpoint is its last one, only that one travels unless all are asked for.
 */
export async function replayArrival(
  context: StudioContext,
  { run, dataset }: Arrival,
  work?: WorkOptions,
): Promise<ReplayCheck | null> {
  const from = dataset && (await checkpointBeforeSteps(context, run));
  if (!dataset || !from) return null;
  const device = deviceHere(run);
  work?.onProgress?.({ stage: 'train again', done: 0, total: 0, perSec: null, secondsLeft: null });
  const request = {
    spec: { ...run.spec, device },
    datasetDir: context.paths.datasetDir(dataset.id),
    checkpoint: context.paths.checkpointDir(run.id, from.path),
    steps: MOST_STEPS,
  };
  const { steps } = await runJob(context, replayJob, request, { ...work, device });
  const compared = steps.flatMap(({ step, loss }) => {
    const there = from.losses.get(step);
    return there === undefined ? [] : [Math.abs((there ?? NaN) - (loss ?? NaN))];
  });
  if (compared.length === 0) return null;
  const difference = compared.reduce((most, one) => Math.max(most, Number.isNaN(one) ? Infinity : one), 0);
  return { from: from.step, steps: compared.length, difference };
}

interface Beginning {
  readonly step: number;
  readonly path: string;
  /** By the number of the step, those that were recorded there. */
  readonly losses: ReadonlyMap<number, number | null>;
}

async function checkpointBeforeSteps({ checkpoints, metrics }: StudioContext, { id }: Run): Promise<Beginning | null> {
  const points = await metrics.list(id, { names: [METRIC.batchLoss] });
  const losses = new Map(points.map(({ step, value }) => [step, value]));
  const all = [...(await checkpoints.list(id))].sort((a, b) => b.seq - a.seq);
  const found = all.find(({ step }) => losses.has(step + 1));
  return found ? { step: found.step, path: found.path, losses } : null;
}

/** A processor rounds as a processor: what was trained on a GPU takes one where there is one. */
function deviceHere({ device, spec }: Run): 'cpu' | 'wasm' | 'auto' {
  const kind = device?.kind ?? spec.device;
  return kind === 'cpu' || kind === 'wasm' ? kind : 'auto';
}

/** Such as `20 training steps from step 40: equal to the bit`. */
export function replayInWords({ from, steps, difference }: ReplayCheck): string {
  const start = `${plural(steps, 'training step')} from step ${from}`;
  if (difference === 0) return `${start}: equal to the bit`;
  if (!Number.isFinite(difference)) return `${start}: a loss is not a number here or there`;
  return `${start}: losses within ${difference.toExponential(1)}`;
}
