/** How a network is trained: update rules, learning-rate schedules, loss, augmentation. Every default leaves the plain recipe as it is. */
import { METRIC, ValidationMetric } from './metrics.ts';
import { z } from 'zod';

const Beta = z.number().min(0).lt(1);

export const Optimizer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('adam'),
    beta1: Beta.default(0.9),
    beta2: Beta.default(0.999),
    epsilon: z.number().positive().default(1e-8),
  }),
  /** Weight decay apart from the gradient (Loshchilov and Hutter 2019). */
  z.object({
    kind: z.literal('adamw'),
    beta1: Beta.default(0.9),
    beta2: Beta.default(0.999),
    epsilon: z.number().positive().default(1e-8),
  }),
  z.object({ kind: z.literal('sgd'), momentum: Beta.default(0.9), nesterov: z.boolean().default(false) }),
  /** PyTorch's form: ε outside the root. `alpha` is the share of the old mean square. */
  z.object({
    kind: z.literal('rmsprop'),
    alpha: Beta.default(0.99),
    epsilon: z.number().positive().default(1e-8),
    momentum: Beta.default(0),
  }),
]);
export type Optimizer = z.infer<typeof Optimizer>;

const FinalFactor = z.number().min(0).max(1).default(0);
const Factor = z.number().positive().max(1);

export const Schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant') }),
  z.object({ kind: z.literal('step'), everyEpochs: z.number().positive(), gamma: Factor.default(0.1) }),
  /** Times `gamma` at each of these epochs; 30 means from the 31st epoch on. */
  z.object({
    kind: z.literal('milestones'),
    epochs: z.array(z.number().positive()).min(1).max(1000),
    gamma: Factor.default(0.1),
  }),
  /** Times `gamma` an epoch, a little at every step. */
  z.object({ kind: z.literal('exponential'), gamma: Factor }),
  z.object({ kind: z.literal('cosine'), finalFactor: FinalFactor }),
  z.object({ kind: z.literal('polynomial'), power: z.number().positive().default(1), finalFactor: FinalFactor }),
  /**
   * Up from lr / divFactor to lr in the first `pctStart` of the steps, then down to lr / divFactor / finalDivFactor, both along a cosine. `momentum`: SGD's and
   * RMSprop's momentum, Adam's β₁, goes the other way, from max to base and back (PyTorch's `cycle_momentum`); left out, it stays the optimizer's.
   */
  z.object({
    kind: z.literal('oneCycle'),
    pctStart: z.number().gt(0).lt(1).default(0.3),
    divFactor: z.number().min(1).default(25),
    finalDivFactor: z.number().min(1).default(1e4),
    momentum: z.object({ base: Beta.default(0.85), max: Beta.default(0.95) }).optional(),
  }),
  /** Times `factor` once the metric has not improved by the share `threshold` for more than `patience` epochs. */
  z.object({
    kind: z.literal('plateau'),
    metric: ValidationMetric.default(METRIC.valLoss),
    factor: z.number().gt(0).lt(1).default(0.1),
    patience: z.int().min(0).default(10),
    threshold: z.number().min(0).lt(1).default(1e-4),
    cooldown: z.int().min(0).default(0),
    minLr: z.number().min(0).default(0),
  }),
]);
export type Schedule = z.infer<typeof Schedule>;

/** A linear rise of the learning rate from `startFactor` × lr, before the schedule's own course. */
export const WarmUp = z.union([
  z.object({ epochs: z.number().positive(), startFactor: z.number().min(0).max(1).default(0.01) }),
  z.object({ steps: z.int().positive(), startFactor: z.number().min(0).max(1).default(0.01) }),
]);
export type WarmUp = z.infer<typeof WarmUp>;

/** A second set of weights that follows the trained ones: average ← decay · average + (1 − decay) · weights after every update. */
export const WeightAveraging = z.object({
  decay: z.number().gt(0).lt(1).default(0.999),
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
  cropPadding: z.int().min(0).max(64).default(0),
  /** A random part of the picture, `minArea` to all of its area and 3:4 to 4:3 in shape, resized back. */
  resizedCrop: z.object({ minArea: z.number().gt(0).max(1).default(0.08) }).optional(),
  trivialAugment: z.boolean().optional(),
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
      probability: z.number().gt(0).max(1).default(0.25),
      minArea: z.number().gt(0).lt(1).default(0.02),
      maxArea: z
        .number()
        .gt(0)
        .lt(1)
        .default(1 / 3),
    })
    .optional(),
  /** Shape of the Beta distribution that shares are drawn from. Both set: either, by a coin for each batch. */
  mixup: z.number().positive().max(100).optional(),
  cutmix: z.number().positive().max(100).optional(),
});
export type Augmentation = z.infer<typeof Augmentation>;

export const EarlyStopping = z.object({
  metric: ValidationMetric.default(METRIC.valLoss),
  /** Epochs without improvement before the run ends. */
  patience: z.int().min(1),
  minChange: z.number().min(0).default(0),
});
export type EarlyStopping = z.infer<typeof EarlyStopping>;

/** The settings of a recipe beside optimizer, schedule and augmentation. */
export const RECIPE_FIELDS = {
  /** Share of a weight that every update takes off (times lr); added to the gradient, except for adamw. */
  weightDecay: z.number().min(0).max(1).default(0),
  /** Decay biases and normalisation weights too. */
  decayAll: z.boolean().default(false),
  /** Largest Euclidean norm of all gradients together; a longer one is scaled down to it. */
  clipNorm: z.number().positive().nullable().default(null),
  /** Parts that a batch is computed in, one after another, before its one update: memory of a part, result of the whole. */
  accumulate: z.int().min(1).max(1024).default(1),
  averaging: WeightAveraging.nullable().default(null),
  warmUp: WarmUp.nullable().default(null),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  classWeights: ClassWeights.default('none'),
  /** Each epoch shows every class equally often, whatever the number of its pictures. */
  balancedSampling: z.boolean().default(false),
  /** Epochs whose checkpoints are kept, whatever becomes of them; for a series of evaluations. */
  keepEpochs: z.array(z.int().min(1)).max(10_000).default([]),
  /** Training time after which the run ends. */
  budget: z.object({ hours: z.number().positive().optional() }).prefault({}),
} as const;

/** Settings that contradict each other, by field; empty when all is well. */
export function recipeProblems(
  r: {
    readonly optimizer: Optimizer;
    readonly schedule: Schedule;
    readonly warmUp: WarmUp | null;
    readonly classWeights: ClassWeights;
    readonly balancedSampling: boolean;
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
  if (r.accumulate > r.batchSize)
    bad.push({
      field: 'accumulate',
      problem: `is ${r.accumulate}, more parts than the batch has examples (${r.batchSize})`,
    });
  if (r.augmentation.resizedCrop && r.augmentation.cropPadding > 0)
    bad.push({ field: 'augmentation.cropPadding', problem: 'and resizedCrop are two ways to crop; use one' });
  return bad;
}
