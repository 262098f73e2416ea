/** What a run's settings, and later its figures, should make its owner look at. */
import type { Split, SplitCard } from '../contract/dataset.ts';
import { METRIC } from '../contract/metrics.ts';
import type { Run } from '../contract/run.ts';
import type { RunSpec } from '../contract/runSpec.ts';
import { warmUpSteps } from './schedule.ts';

/** Below this share of the loss of guessing something was learned. */
const GUESSING = 0.99;
/** Share of a run above which its warm-up leaves little to train at the chosen rate. */
const LONG_WARM_UP = 0.5;

/** What a run is about to train on, and whether its network has BatchNorm. */
export interface RunOutlook {
  readonly spec: Pick<RunSpec, 'batchSize' | 'epochs' | 'limit' | 'warmUp'>;
  readonly splits: Partial<Record<Split, SplitCard>>;
  readonly hasBatchNorm: boolean;
}

/** Of a run that is about to start: one sentence each; none where nothing stands out. */
export function settingsWarnings({ spec, splits, hasBatchNorm }: RunOutlook): string[] {
  const { batchSize, epochs, warmUp } = spec;
  const images = Math.min(splits.train?.count ?? 0, spec.limit.train ?? Infinity);
  const warnings: string[] = [];
  if (hasBatchNorm && batchSize === 1)
    warnings.push(
      'BatchNorm normalises each image by itself in batches of one, and where its map is a single value nothing is ' +
        'left of it. Choose a larger batch, or a network without BatchNorm.',
    );
  else if (hasBatchNorm && images % batchSize === 1)
    warnings.push(
      `The last batch of each epoch is a single image (${images} in batches of ${batchSize}), of which BatchNorm can ` +
        'learn nothing: it is left out, another image in each epoch.',
    );
  if (images > 1 && batchSize === images)
    warnings.push(
      `A batch holds all ${images} training images, so that every epoch is a single step. A smaller batch makes more ` +
        'steps of them.',
    );
  if (!splits.val?.count)
    warnings.push('There are no validation images: the last epoch is kept, and nothing tells when to stop.');
  const stepsPerEpoch = Math.ceil(images / batchSize);
  const warm = warmUpSteps({ stepsPerEpoch, epochs, warmUp });
  const steps = stepsPerEpoch * epochs;
  if (warm > LONG_WARM_UP * steps)
    warnings.push(
      `The warm-up takes ${warm} of ${steps} steps: the learning rate ` +
        `${warm === steps ? 'never reaches' : 'hardly stays at'} its value. Train longer, or shorten the warm-up.`,
    );
  return warnings;
}

/** Of a run that has ended: one sentence each; none where nothing stands out, or where it did not finish. */
export function resultWarnings(
  { state, best, bestEpoch }: Pick<Run, 'state' | 'best' | 'bestEpoch'>,
  classes: number,
): string[] {
  if (state !== 'finished' || bestEpoch === null) return [];
  const warnings: string[] = [];
  const validated = best[METRIC.valTop1] !== undefined;
  if (!validated)
    warnings.push('There were no validation images: the best epoch is the one with the lowest training loss.');
  const guessing = Math.log(classes);
  // Smoothing, mixing and dropout raise the loss of training: only both together tell.
  const losses = [best[METRIC.trainLoss], ...(validated ? [best[METRIC.valLoss]] : [])];
  // Without a value the loss was no number.
  if (losses.every((loss) => loss === undefined || loss >= GUESSING * guessing))
    warnings.push(
      `The network does no better than guessing: its loss is not below ln ${classes} = ` +
        `${guessing.toFixed(3)}. Train longer, lower the learning rate, or choose a network with BatchNorm if it has none.`,
    );
  return warnings;
}
