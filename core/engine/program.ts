/** Programs of Quorum: training and inference of one network, as signatures over shared weights. */
import type { Preprocessing } from '../../contract/preprocessing.ts';
import type { Optimizer, Precision } from '../../contract/runSpec.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import type { Program, Signature } from './engine.ts';
import { Graph, type GraphTensor } from './graph.ts';
import { gradients } from './gradients.ts';
import { ForwardBuilder, Weights, type Weight } from './network.ts';
import { binary, cast, pack, reduce } from './ops/arrays.ts';
import { countCorrect, sparseCrossEntropy } from './ops/neural.ts';
import { applyOptimizer, SCALAR_COUNT } from './optimizers.ts';

export interface NetworkProgramOptions {
  readonly model: Model;
  readonly shape: NetworkShape;
  /** Null: images are fed as float32, already as the first layer wants them. */
  readonly preprocessing: Preprocessing | null;
  readonly precision: Precision;
  /** Left out: inference only. */
  readonly optimizer?: Optimizer;
}

/**
 * Signatures:
 * - `infer`: images `[n, size, size, channels]` → logits float32 `[n, classes]`.
 * - `train`: images, labels int32 `[n]`, weights float32 `[n]` (of each example in the loss; 1/n for the mean), scalars (see `scalarsAt`),
 *   seed int32 `[2]` → stats `[loss, number correct]`; updates weights, slots and moving averages.
 * - `gradients`: as `train`, → loss and the gradient of every trainable weight by name; changes nothing.
 */
export interface NetworkProgram extends Program { readonly weights: readonly Weight[] }

export function networkProgram(options: NetworkProgramOptions): NetworkProgram {
  const g = new Graph(), weights = new Weights(g), { size, channels, classes } = options.shape;
  const images = g.placeholder('images', options.preprocessing ? 'uint8' : 'float32', [-1, size, size, channels]);
  const forward = (training: boolean, seed?: GraphTensor) => {
    const builder = new ForwardBuilder(g, weights, { precision: options.precision, training, ...(seed && { seed }) });
    const input = options.preprocessing ? builder.input(images, options.preprocessing) : { tensor: cast(g, images, options.precision === 'bf16' ? 'bfloat16' : 'float32'), shape: images.shape.slice(1) };
    const { tensor } = options.model.build(builder, input, options.shape);
    if (tensor.shape.length !== 2 || tensor.shape[1] !== classes) throw new Error(`${options.model.name} returned [${tensor.shape.join()}], not [batch, ${classes}]`);
    return { logits: cast(g, tensor, 'float32'), updates: builder.updates };
  };
  const signatures: Record<string, Signature> = {};
  if (options.optimizer) {
    const labels = g.placeholder('labels', 'int32', [-1]), exampleWeights = g.placeholder('weights', 'float32', [-1]);
    const scalars = g.placeholder('scalars', 'float32', [SCALAR_COUNT]), seed = g.placeholder('seed', 'int32', [2]);
    const { logits, updates } = forward(true, seed);
    const loss = reduce(g, 'Sum', binary(g, 'Mul', sparseCrossEntropy(g, logits, labels), exampleWeights), [0]);
    const trainable = weights.list.filter((w) => w.trainable);
    const grads = gradients(g, loss, trainable.map((w) => w.variable.value));
    const applied = applyOptimizer(g, options.optimizer, trainable.map(({ variable }, i) => ({ variable, gradient: need(grads[i]) })), scalars);
    const inputs = { images, labels, weights: exampleWeights, seed };
    signatures['train'] = { inputs: { ...inputs, scalars }, outputs: { stats: pack(g, [loss, countCorrect(g, logits, labels)]) }, updates: [...applied, ...updates] };
    signatures['gradients'] = { inputs, outputs: { loss, ...Object.fromEntries(trainable.map((w, i) => [w.variable.name, need(grads[i])])) }, updates: [] };
  }
  signatures['infer'] = { inputs: { images }, outputs: { logits: forward(false).logits }, updates: [] };
  return { graph: g, signatures, weights: weights.list };
}

function need<X>(value: X | undefined): X {
  if (value === undefined) throw new Error('missing gradient');
  return value;
}
