/**
 * How a network is trained: update rules, learning-rate schedules, loss, augmentation. Every default leaves the plain
 * recipe as it is.
 */
import { z } from 'zod';
import { METRIC, ValidationMetric } from './metrics.ts';
import type { Optimizer } from './optimizers.ts';
import { FRACTION, numberIn, numberOf } from './setting.ts';
import { SETTINGS } from './settings.ts';

const Fraction = numberIn(FRACTION);

const FinalFactor = numberOf(SETTINGS.finalFactor);
const Factor = numberIn(SETTINGS.gamma.range);
const FACTOR = SETTINGS.gamma.initial;

export const Schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant') }),
  z.object({ kind: z.literal('step'), everyEpochs: numberOf(SETTINGS.everyEpochs), gamma: Factor.default(FACTOR) }),
  /** Times `gamma` at each of these epochs; 30 means from the 31st epoch on. */
  z.object({
    kind: z.literal('milestones'),
    epochs: z.array(numberIn(SETTINGS.milestones.range)).min(1).max(1000),
    gamma: Factor.default(FACTOR),
  }),
  /** Times `gamma` an epoch, a little at every step. */
  z.object({ kind: z.literal('exponential'), gamma: Factor.default(0.95) }),
  z.object({ kind: z.literal('cosine'), finalFactor: FinalFactor }),
  z.object({ kind: z.literal('polynomial'), power: numberOf(SETTINGS.power), finalFactor: FinalFactor }),
  /**
   * Up from lr / divFactor to lr in the first `pctStart` of the steps, then down to lr / divFactor / finalDivFactor,
   * both along a cosine. `momentum`: SGD's and RMSprop's momentum, Adam's β₁, goes the other way, from max to base and
   * back (PyTorch's `cycle_momentum`); left out, it stays the optimizer's.
   */
  z.object({
    kind: z.literal('oneCycle'),
    pctStart: numberOf(SETTINGS.pctStart),
    divFactor: z.number().min(1).default(25),
    finalDivFactor: z.number().min(1).default(1e4),
    momentum: z.object({ base: Fraction.default(0.85), max: Fraction.default(0.95) }).optional(),
  }),
  /** Times `factor` once the metric has not improved by the share `threshold` for more than `patience` epochs. */
  z.object({
    kind: z.literal('plateau'),
    metric: ValidationMetric.default(METRIC.valLoss),
    factor: z.number().gt(0).lt(1).default(FACTOR),
    patience: numberOf(SETTINGS.plateauPatience),
    threshold: z.number().min(0).lt(1).default(1e-4),
    cooldown: z.int().min(0).default(0),
    minLr: z.number().min(0).default(0),
  }),
]);
export type Schedule = z.infer<typeof Schedule>;

/** A linear rise of the learning rate from `startFactor` × lr, before the schedule's own course. */
export const WarmUp = z.union([
  z.object({ epochs: numberIn(SETTINGS.warmUpEpochs.range), startFactor: z.number().min(0).max(1).default(0.01) }),
  z.object({ steps: z.int().positive(), startFactor: z.number().min(0).max(1).default(0.01) }),
]);
export type WarmUp = z.infer<typeof WarmUp>;

/**
 * A second set of weights that follows the trained ones: average ← decay · average + (1 − decay) · weights after every
 * update.
 */
export const WeightAveraging = z.object({
  decay: numberIn(SETTINGS.averaging.range).default(0.999),
  /** Smaller decay at first: min(decay, (1 + updates) / (10 + updates)). */
  warmUp: z.boolean().default(true),
});
export type WeightAveraging = z.infer<typeof WeightAveraging>;

/** Balanced: inversely to the examples of each class; sqrt: to their square root; or one weight a class. */
export const ClassWeights = z.union([z.enum(['none', 'balanced', 'sqrt']), z.array(z.number().positive())]);
export type ClassWeights = z.infer<typeof ClassWeights>;

const Strength = z.number().min(0).max(10).default(0);

export const Augmentation = z.object({
  flip: z.boolean().default(false),
  /** Zero padding on each side before a random crop back to size; 0 = none. Pixels. */
  cropPadding: numberOf(SETTINGS.cropPadding),
  /** A random part of the picture, `minArea` to all of its area and 3:4 to 4:3 in shape, resized back. */
  resizedCrop: z.object({ minArea: numberOf(SETTINGS.minArea) }).optional(),
  trivialAugment: z.boolean().optional(),
  /** `operations` random operations one after another, each at strength `magnitude` of 30. */
  randAugment: z
    .object({ operations: z.int().min(1).max(14).default(2), magnitude: numberOf(SETTINGS.randMagnitude) })
    .optional(),
  /** Factors drawn from 1 ± strength; hue from ± strength turns (at most 0.5). */
  colorJitter: z
    .object({
      brightness: Strength,
      contrast: Strength,
      saturation: Strength,
      hue: z.number().min(0).max(0.5).default(0),
    })
    .optional(),
  /** A random rectangle of `minArea` to `maxArea` of the picture becomes the data set's mean color. */
  erasing: z
    .object({
      probability: numberIn(SETTINGS.erasing.range).default(SETTINGS.erasing.bare),
      minArea: z.number().gt(0).lt(1).default(0.02),
      maxArea: z
        .number()
        .gt(0)
        .lt(1)
        .default(1 / 3),
    })
    .optional(),
  /** Shape of the Beta distribution that shares are drawn from. Both set: either, by a coin for each batch. */
  mixup: numberIn(SETTINGS.mixup.range).optional(),
  cutmix: numberIn(SETTINGS.cutmix.range).optional(),
});
export type Augmentation = z.infer<typeof Augmentation>;

export const EarlyStopping = z.object({
  metric: ValidationMetric.default(METRIC.valLoss),
  /** Epochs without improvement before the run ends. */
  patience: numberIn(SETTINGS.patience.range),
  minChange: numberOf(SETTINGS.minChange),
});
export type EarlyStopping = z.infer<typeof EarlyStopping>;

/** The settings of a recipe beside optimizer, schedule and augmentation. */
export const RECIPE_FIELDS = {
  /** Share of a weight that every update takes off (times lr); added to the gradient, except for adamw. */
  weightDecay: numberOf(SETTINGS.weightDecay),
  /** Decay biases and normalisation weights too. */
  decayAll: z.boolean().default(false),
  /** Factor of the learning rate from each block of the network to the one below it; 1: all alike. */
  layerDecay: numberOf(SETTINGS.layerDecay),
  /** Largest Euclidean norm of all gradients together; a longer one is scaled down to it. */
  clipNorm: numberIn(SETTINGS.clipNorm.range).nullable().default(null),
  /**
   * Parts that a batch is computed in, one after another, before its one update: memory of a part, result of the whole.
   */
  accumulate: numberOf(SETTINGS.accumulate),
  averaging: WeightAveraging.nullable().default(null),
  warmUp: WarmUp.nullable().default(null),
  labelSmoothing: numberOf(SETTINGS.labelSmoothing),
  classWeights: ClassWeights.default('none'),
  /** Each epoch shows every class equally often, whatever the number of its pictures. */
  balancedSampling: z.boolean().default(false),
  /** How often each image comes in a batch, augmented anew each time; an epoch of as many steps shows fewer images. */
  repeatedAugment: numberOf(SETTINGS.repeatedAugment),
  /** Epochs whose checkpoints are kept, whatever becomes of them; for a series of evaluations. */
  keepEpochs: z.array(numberIn(SETTINGS.keepEpochs.range)).max(10_000).default([]),
  /** Training time, or steps, after which the run ends before its epochs do. */
  budget: z
    .object({ hours: numberIn(SETTINGS.hours.range).optional(), steps: numberIn(SETTINGS.steps.range).optional() })
    .prefault({}),
} as const;

/** Whether two copies of an image differ. */
function changesImages({ flip, cropPadding, ...a }: Augmentation): boolean {
  const others = [a.resizedCrop, a.trivialAugment, a.randAugment, a.colorJitter, a.erasing];
  return flip || cropPadding > 0 || others.some(Boolean);
}

/** Settings that contradict each other, by field; empty when all is well. */
export function recipeProblems(
  r: {
    readonly optimizer: Optimizer;
    readonly schedule: Schedule;
    readonly warmUp: WarmUp | null;
    readonly classWeights: ClassWeights;
    readonly balancedSampling: boolean;
    readonly repeatedAugment: number;
    readonly accumulate: number;
    readonly batchSize: number;
    readonly augmentation: Augmentation;
  },
  classes: number,
): { field: string; problem: string }[] {
  const bad: { field: string; problem: string }[] = [];
  if (r.schedule.kind === 'oneCycle' && r.warmUp)
    bad.push({ field: 'warmUp', problem: 'is part of the one-cycle schedule already (pctStart)' });
  if (r.schedule.kind === 'oneCycle' && r.schedule.momentum && 'momentum' in r.optimizer && r.optimizer.momentum === 0)
    bad.push({ field: 'schedule.momentum', problem: `cannot cycle: ${r.optimizer.kind} is set to have no momentum` });
  if (Array.isArray(r.classWeights) && r.classWeights.length !== classes)
    bad.push({
      field: 'classWeights',
      problem: `has ${r.classWeights.length} values; the data set has ${classes} classes`,
    });
  if (r.balancedSampling && r.classWeights !== 'none')
    bad.push({ field: 'classWeights', problem: 'would balance the classes a second time beside balancedSampling' });
  if (r.repeatedAugment > r.batchSize)
    bad.push({
      field: 'repeatedAugment',
      problem: `is ${r.repeatedAugment}, more copies of an image than a batch has examples (${r.batchSize})`,
    });
  if (r.repeatedAugment > 1 && !changesImages(r.augmentation))
    bad.push({ field: 'repeatedAugment', problem: 'repeats images that no augmentation tells apart; choose one' });
  if (r.accumulate > r.batchSize)
    bad.push({
      field: 'accumulate',
      problem: `is ${r.accumulate}, more parts than the batch has examples (${r.batchSize})`,
    });
  if (r.augmentation.trivialAugment && r.augmentation.randAugment)
    bad.push({ field: 'augmentation.randAugment', problem: 'and trivialAugment are two of a kind; use one' });
  if (r.augmentation.resizedCrop && r.augmentation.cropPadding > 0)
    bad.push({ field: 'augmentation.cropPadding', problem: 'and resizedCrop are two ways to crop; use one' });
  return bad;
}
