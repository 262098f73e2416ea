/**
 * Whether a run that came from elsewhere says the same here: its networks predict again, and every number is compared.
 */
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import { predictionsOf } from '../results/predictions.ts';
import type { Arrival } from './importRuns.ts';

export interface ArrivalCheck {
  readonly split: string;
  readonly images: number;
  readonly top1There: number | null;
  readonly top1Here: number | null;
  /** Largest difference of two probabilities; 0: equal to the bit. */
  readonly difference: number;
}

/** One check for each prediction that came along; none where the images are not here. */
export async function checkArrival(
  context: StudioContext,
  evaluations: EvaluationHandlers,
  { run, dataset }: Arrival,
  work?: WorkOptions,
): Promise<ArrivalCheck[]> {
  if (!dataset) return [];
  work?.onProgress?.({ stage: 'predict again', done: 0, total: 0, perSec: null, secondsLeft: null });
  const checks: ArrivalCheck[] = [];
  for (const there of await predictionsOf(context.evaluations, run)) {
    const checkpoint = await checkpointOf(context, there);
    if (!checkpoint || there.images.kind !== 'split') continue;
    const { split } = there.images;
    const request = {
      network: { kind: 'run', text: run.id },
      checkpoint,
      images: { kind: 'split', split },
      reuse: false,
    } as const;
    const here = await evaluations.predict(request, work);
    try {
      checks.push({
        split,
        images: here.count,
        top1There: there.top1,
        top1Here: here.top1,
        difference: await differenceOf(there, here),
      });
    } finally {
      await evaluations.remove(here.id);
    }
  }
  return checks;
}

async function checkpointOf({ checkpoints }: StudioContext, { runId, checkpointSeq }: Evaluation) {
  for (const which of ['best', 'last'] as const)
    if ((await checkpoints.find(runId ?? '', which))?.seq === checkpointSeq) return which;
  return null;
}

/** Infinite where they are not of the same images. */
async function differenceOf(there: Evaluation, here: Evaluation): Promise<number> {
  const [one, other] = [await readProbabilities(there.path), await readProbabilities(here.path)];
  if (one.probabilities.length !== other.probabilities.length) return Infinity;
  if (one.index.paths.some((path, i) => path !== other.index.paths[i])) return Infinity;
  return one.probabilities.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (other.probabilities[i] ?? NaN))),
    0,
  );
}

/** Whether it says here what it said there, to the bit. */
export const isEqual = ({ difference }: ArrivalCheck): boolean => difference === 0;

/** Such as `val, 90 images: equal to the bit, top-1 91.11 %`. */
export function checkInWords({ split, images, top1There, top1Here, difference }: ArrivalCheck): string {
  const percent = (share: number | null): string => (share === null ? 'no labels' : `${(100 * share).toFixed(2)} %`);
  const start = `${split}, ${images} images`;
  if (difference === 0) return `${start}: equal to the bit, top-1 ${percent(top1Here)}`;
  if (!Number.isFinite(difference)) return `${start}: not the same images as there`;
  const shares =
    top1There === top1Here
      ? `top-1 ${percent(top1Here)} as there`
      : `top-1 ${percent(top1Here)} here, ${percent(top1There)} there`;
  return `${start}: ${shares}, probabilities within ${difference.toExponential(1)}`;
}
