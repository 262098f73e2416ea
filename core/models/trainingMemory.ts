/** How much memory one training step needs, estimated from a network's description. */
import type { TrainingMemory } from '../../contract/network.ts';

export interface MemoryInputs {
  readonly learnable: number;
  /** Those of them that train. */
  readonly trained: number;
  /** Values that the optimizer keeps for each of these: two for Adam, none for SGD without momentum. */
  readonly slots: number;
  readonly statistics: number;
  /** Elements of one picture's activations that the backward pass reads again. */
  readonly keptValues: number;
  /** Elements of the largest single activation of one picture. */
  readonly largestValue: number;
}

/**
 * weights 4 (L + S) + gradients 4 T + slots 4 O T + batch · b · kept + 3 · batch · b · largest, in bytes, where L and S
 * are the learnable and the other weights (float32 at every precision), T the learnable ones that train, O the
 * optimizer's slots, and b is 4 for f32, 2 for bf16. Kept are the inputs of convolutions, dense layers, BatchNorm, max
 * pooling and products, and the outputs of activations and dropout; a value that serves two of them counts once. The
 * runtime's own memory is not in it.
 */
export function trainingMemory(inputs: MemoryInputs, batchSize: number, precision: 'f32' | 'bf16'): TrainingMemory {
  const activationBytes = precision === 'f32' ? 4 : 2;
  const weightsBytes = 4 * (inputs.learnable + inputs.statistics);
  const gradientsBytes = 4 * inputs.trained;
  const optimizerBytes = 4 * inputs.slots * inputs.trained;
  const activationsBytes = batchSize * activationBytes * inputs.keptValues;
  const workBytes = 3 * batchSize * activationBytes * inputs.largestValue;
  return {
    weightsBytes,
    gradientsBytes,
    optimizerBytes,
    activationsBytes,
    workBytes,
    totalBytes: weightsBytes + gradientsBytes + optimizerBytes + activationsBytes + workBytes,
  };
}
