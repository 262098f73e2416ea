/**
 * How much each example and class counts in a batch's loss: class weights, label smoothing and mixed pictures, as
 * PyTorch's CrossEntropyLoss counts them.
 */
import type { ClassWeights } from '../../contract/recipe.ts';
import type { Batch } from '../data/batches/loader.ts';

export interface LossOptions {
  readonly classes: number;
  /** Null: all classes count the same. */
  readonly classWeights: Float64Array | null;
  readonly labelSmoothing: number;
}

/** Whether the loss needs a distribution a picture, not only its label. */
export function needsSoftTargets(spec: {
  readonly labelSmoothing: number;
  readonly augmentation: { readonly mixup?: number | undefined; readonly cutmix?: number | undefined };
}): boolean {
  return spec.labelSmoothing > 0 || spec.augmentation.mixup !== undefined || spec.augmentation.cutmix !== undefined;
}

/**
 * One weight a class from `counts`, its training examples: balanced is N / (C · n), whose mean over the examples is 1;
 * sqrt is that of √n, scaled to the same mean. A class without examples weighs nothing that matters: 1.
 */
export function classWeightsOf(choice: ClassWeights, counts: readonly number[]): Float64Array | null {
  if (choice === 'none') return null;
  if (Array.isArray(choice)) return Float64Array.from(choice);
  const power = choice === 'balanced' ? 1 : 0.5;
  const total = counts.reduce((n, c) => n + c, 0);
  const raw = counts.map((n) => (n > 0 ? n ** -power : 0));
  const mean = raw.reduce((sum, w, c) => sum + w * counts[c]!, 0) / total;
  return Float64Array.from(raw, (w) => (w > 0 ? w / mean : 1));
}

export interface LossInputs {
  /** Of each example; with `targets` they sum the loss to PyTorch's mean. */
  readonly weights: Float32Array;
  /** `[count, classes]`, rows summing to 1; null where labels are enough. */
  readonly targets: Float32Array | null;
}

/**
 * The loss of example i is −Σ_c w_c t_ic log p_ic with the smoothed target t = (1 − ε) m + ε / C, m the (mixed) one-hot
 * labels, and the batch's is their sum over Σ_i Σ_c w_c m_ic, the weights of the labels: PyTorch's for labels, and the
 * same for mixed pictures, where PyTorch has no weights' sum. TensorFlow's fused gradient wants rows that sum to 1, so
 * each row is divided by its sum, and the example's weight multiplied by it.
 */
export function lossInputs(
  batch: Batch,
  { classes, classWeights, labelSmoothing }: LossOptions,
  soft: boolean,
): LossInputs {
  const { count, labels } = batch;
  const lam = batch.mix?.lam ?? 1;
  const weights = new Float32Array(count);
  const own = (c: number) => classWeights?.[c] ?? 1;
  const partnerOf = (i: number) => batch.mix?.labels[i] ?? labels[i]!;
  let total = 0;
  for (let i = 0; i < count; i++) total += lam * own(labels[i]!) + (1 - lam) * own(partnerOf(i));
  if (!soft) {
    for (let i = 0; i < count; i++) weights[i] = own(labels[i]!) / total;
    return { weights, targets: null };
  }
  const all = classWeights ? classWeights.reduce((sum, w) => sum + w, 0) : classes;
  const even = labelSmoothing / classes;
  const targets = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    const partner = partnerOf(i);
    const at = i * classes;
    const sum = (1 - labelSmoothing) * (lam * own(label) + (1 - lam) * own(partner)) + even * all;
    if (even > 0) for (let c = 0; c < classes; c++) targets[at + c] = (even * own(c)) / sum;
    targets[at + label] = targets[at + label]! + ((1 - labelSmoothing) * lam * own(label)) / sum;
    if (lam < 1)
      targets[at + partner] = targets[at + partner]! + ((1 - labelSmoothing) * (1 - lam) * own(partner)) / sum;
    weights[i] = sum / total;
  }
  return { weights, targets };
}
