/** Programs of Quorum: training and inference of one network, as signatures over shared weights. */
import { packedChannelsOf, type Preprocessing } from '../../contract/inputSpec.ts';
import type { Optimizer } from '../../contract/optimizers.ts';
import type { DeviceReport } from '../../contract/run.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import { layerOfWeight } from '../models/weightSpecs.ts';
import { AveragedWeights, averageUpdates } from './averagedWeights.ts';
import type { Program, Signature } from './engine.ts';
import { Graph, type GraphNode, type GraphTensor, type Variable } from './graph.ts';
import { gradients } from './gradients.ts';
import { groupedGradientsNeedFloat32 } from './groupedGradients.ts';
import { ForwardBuilder } from './network.ts';
import { type Weight, Weights } from './networkWeights.ts';
import { binary, cast, pack, reduce } from './ops/arrays.ts';
import { covarianceTypeOn } from './ops/covariance.ts';
import { countCorrect, softCrossEntropy, sparseCrossEntropy } from './ops/neural.ts';
import { applyOptimizer, clipByNorm, SCALAR_COUNT, unpackScalars } from './optimizers.ts';

/** By layer name. */
export interface LayerRoles {
  /**
   * Weights and BatchNorm statistics stay as they are, and the backward pass ends above the lowest layer that trains.
   */
  readonly frozen: ReadonlySet<string>;
  /** Of the learning rate; 1 where left out. */
  readonly lrFactors: ReadonlyMap<string, number>;
  /**
   * Which of the program's clocks counts a layer's steps: 0 where left out. A layer that began to train later has a
   * later one, as Adam's bias correction wants.
   */
  readonly clocks: ReadonlyMap<string, number>;
}

const ALL_ALIKE: LayerRoles = { frozen: new Set(), lrFactors: new Map(), clocks: new Map() };

export interface NetworkProgramOptions {
  readonly model: Model;
  readonly shape: NetworkShape;
  /** Null: images are fed as float32, already as the first layer wants them. */
  readonly preprocessing: Preprocessing | null;
  readonly precision: Precision;
  /** Layers that do not train, or not as the others do. */
  readonly layers?: LayerRoles;
  /** What it is going to run on; decides what covariance pooling and gradients of grouped convolutions compute in. */
  readonly device?: DeviceReport['kind'];
  /** Left out: inference only. */
  readonly optimizer?: Optimizer;
  /** Share of a weight, see RECIPE_FIELDS; biases and normalisation weights only with `decayAll`. */
  readonly weightDecay?: number;
  readonly decayAll?: boolean;
  readonly clipNorm?: number | null;
  /** Gradients are summed over parts of a batch: signatures `firstPart`, `nextPart` and `apply` in place of `train`. */
  readonly parts?: boolean;
  /** Keep averages of the weights and infer by them as `inferAverage`. */
  readonly average?: boolean;
  /**
   * The loss is taken against a distribution of each example, input `targets` float32 `[n, classes]`, rows summing to
   * 1.
   */
  readonly softTargets?: boolean;
}

/**
 * Signatures:
 * - `infer`: images `[n, size, size, channels]` → logits float32 `[n, classes]`; `inferAverage`: the same by the
 *   weights' averages.
 * - `train`: images, labels int32 `[n]`, weights float32 `[n]` (of each example in the loss; 1/n for the mean), scalars
 *   (see `scalarsAt`; those of each clock one after another), seed int32 `[2]` → stats `[loss, number correct]` and
 *   with clipping the gradients' norm as a third; updates weights, slots and moving averages.
 * - `firstPart`, `nextPart`: as `train` without scalars, the gradients put or added to the accumulators
 *   `<weight>#gradient`; moving averages are updated by each part. `apply`: scalars → stats `[gradients' norm, or 0]`;
 *   updates weights and slots.
 * - `spectralNorms`: → norms `[layers]`, σ of each spectrally normalised layer by its stored vectors.
 * - `gradients`: as `train`, → loss and the gradient of every trainable weight by name; changes nothing.
 */
export interface NetworkProgram extends Program {
  readonly weights: readonly Weight[];
  /** Spectrally normalised layers, in the order of the signature `spectralNorms`, which exists where there is one. */
  readonly spectralLayers: readonly string[];
}

export function networkProgram(options: NetworkProgramOptions): NetworkProgram {
  const { device = 'cpu' } = options;
  const g = new Graph({
    groupedGradientsInFloat32: groupedGradientsNeedFloat32(device),
    gradientsForOneDnn: device === 'cpu',
  });
  const weights = new Weights(g, options.layers?.frozen);
  const images = imagesOf(g, options);
  const signatures = options.optimizer
    ? trainingSignatures(g, { ...options, optimizer: options.optimizer }, weights, images)
    : {};
  const { logits, spectralNorms } = forward(g, options, weights, images);
  signatures['infer'] = { inputs: { images }, outputs: { logits }, updates: [] };
  if (spectralNorms.size > 0)
    signatures['spectralNorms'] = { inputs: {}, outputs: { norms: pack(g, [...spectralNorms.values()]) }, updates: [] };
  return { graph: g, signatures, weights: weights.list, spectralLayers: [...spectralNorms.keys()] };
}

function imagesOf(g: Graph, { preprocessing, shape: { size, channels } }: NetworkProgramOptions): GraphTensor {
  return preprocessing
    ? g.placeholder('images', 'uint8', [-1, size, size, packedChannelsOf(preprocessing)])
    : g.placeholder('images', 'float32', [-1, size, size, channels]);
}

/** One pass through the network; with a seed as in training. */
function forward(
  g: Graph,
  { model, shape, preprocessing, precision, layers = ALL_ALIKE, device = 'cpu' }: NetworkProgramOptions,
  weights: Weights,
  images: GraphTensor,
  seed?: GraphTensor,
): { logits: GraphTensor; updates: readonly GraphNode[]; spectralNorms: ReadonlyMap<string, GraphTensor> } {
  const builder = new ForwardBuilder(g, weights, {
    precision,
    training: seed !== undefined,
    frozen: layers.frozen,
    covariance: covarianceTypeOn(device),
    ...(seed && { seed }),
  });
  const input = preprocessing
    ? builder.input(images, preprocessing)
    : { tensor: cast(g, images, precision === 'bf16' ? 'bfloat16' : 'float32'), shape: images.shape.slice(1) };
  const { tensor } = model.build(builder, input, shape);
  if (tensor.shape.length !== 2 || tensor.shape[1] !== shape.classes)
    throw new Error(`${model.name} returned [${tensor.shape.join()}], not [batch, ${shape.classes}]`);
  return { logits: cast(g, tensor, 'float32'), updates: builder.updates, spectralNorms: builder.spectralNorms };
}

type TrainingOptions = NetworkProgramOptions & { readonly optimizer: Optimizer };

function trainingSignatures(
  g: Graph,
  options: TrainingOptions,
  weights: Weights,
  images: GraphTensor,
): Record<string, Signature> {
  const { classes } = options.shape;
  const clocks = Math.max(0, ...(options.layers ?? ALL_ALIKE).clocks.values());
  const labels = g.placeholder('labels', 'int32', [-1]);
  const exampleWeights = g.placeholder('weights', 'float32', [-1]);
  const scalars = g.placeholder('scalars', 'float32', [SCALAR_COUNT * (1 + clocks)]);
  const seed = g.placeholder('seed', 'int32', [2]);
  const targets = options.softTargets ? g.placeholder('targets', 'float32', [-1, classes]) : null;
  const { logits, updates } = forward(g, options, weights, images, seed);
  const perExample = targets ? softCrossEntropy(g, logits, targets) : sparseCrossEntropy(g, logits, labels);
  const loss = reduce(g, 'Sum', binary(g, 'Mul', perExample, exampleWeights), [0]);
  const trainable = weights.list.filter((w) => w.trainable);
  const wrt = trainable.map((w) => w.variable.value);
  const grads = gradients(g, loss, wrt);
  const inputs = { images, labels, weights: exampleWeights, seed, ...(targets && { targets }) };
  const pass: Pass = { inputs, scalars, loss, correct: countCorrect(g, logits, labels), grads, updates };
  const steps = options.parts
    ? partSignatures(g, options, weights.list, pass)
    : wholeSignature(g, options, weights.list, pass);
  const byName = Object.fromEntries(trainable.map((w, i) => [w.variable.name, grads[i]!]));
  const signatures: Record<string, Signature> = {
    ...steps,
    gradients: { inputs, outputs: { loss, ...byName }, updates: [] },
  };
  if (options.average) {
    const average = forward(g, options, new AveragedWeights(g), images);
    signatures['inferAverage'] = { inputs: { images }, outputs: { logits: average.logits }, updates: [] };
  }
  return signatures;
}

/** What a forward and a backward pass give. */
interface Pass {
  readonly inputs: Signature['inputs'];
  readonly scalars: GraphTensor;
  readonly loss: GraphTensor;
  readonly correct: GraphTensor;
  /** Of the trainable weights, in their order. */
  readonly grads: readonly GraphTensor[];
  /** Nodes that keep statistics. */
  readonly updates: readonly GraphNode[];
}

/** A step by one batch. */
function wholeSignature(
  g: Graph,
  options: TrainingOptions,
  weights: readonly Weight[],
  { inputs, scalars, loss, correct, grads, updates }: Pass,
): Record<string, Signature> {
  const applied = update(g, options, weights, grads, scalars, updates);
  const stats = pack(g, applied.norm ? [loss, correct, applied.norm] : [loss, correct]);
  return { train: { inputs: { ...inputs, scalars }, outputs: { stats }, updates: [...applied.nodes, ...updates] } };
}

/** A step by a batch in parts, whose gradients are added up first. */
function partSignatures(
  g: Graph,
  options: TrainingOptions,
  weights: readonly Weight[],
  { inputs, scalars, loss, correct, grads, updates }: Pass,
): Record<string, Signature> {
  const trainable = weights.filter((w) => w.trainable);
  const sums = trainable.map(({ variable }) => g.variable(`${variable.name}#gradient`, variable.shape));
  const outputs = { stats: pack(g, [loss, correct]) };
  const into = (op: string) =>
    sums.map(({ handle }, i) => g.add(op, [handle, grads[i]!], { dtype: { type: 'float32' } }, []));
  const first = [...into('AssignVariableOp'), ...updates];
  const next = [...into('AssignAddVariableOp'), ...updates];
  const values = sums.map((sum) => sum.value);
  const applied = update(g, options, weights, values, scalars, []);
  return {
    firstPart: { inputs, outputs, updates: first },
    nextPart: { inputs, outputs, updates: next },
    apply: {
      inputs: { scalars },
      outputs: { stats: pack(g, [applied.norm ?? g.float(0)]) },
      updates: applied.nodes,
    },
  };
}

/** Clipping, optimizer and averages; `statistics` are the nodes of this run that change untrained weights. */
function update(
  g: Graph,
  options: TrainingOptions,
  weights: readonly Weight[],
  grads: readonly GraphTensor[],
  scalars: GraphTensor,
  statistics: readonly GraphNode[],
): { nodes: GraphNode[]; norm: GraphTensor | null } {
  const trainable = weights.filter((w) => w.trainable);
  const clocks = unpackScalars(g, scalars);
  const { optimizer, weightDecay = 0, layers = ALL_ALIKE } = options;
  const { clipped, norm } = options.clipNorm ? clipByNorm(g, grads, options.clipNorm) : { clipped: grads, norm: null };
  const earlier = options.parts ? new Set(g.nodes) : null;
  // What read the weights in the parts' runs is no part of this one.
  const readersOf = ({ value }: Variable) => g.consumersOf(value).filter((node) => !earlier?.has(node));
  const applied = applyOptimizer(
    g,
    { optimizer, weightDecay, readersOf },
    trainable.map(({ variable, name, kind }, i) => {
      const layer = layerOfWeight(name);
      return {
        variable,
        gradient: clipped[i]!,
        decays: (options.decayAll ?? false) || kind === 'kernel',
        lrFactor: layers.lrFactors.get(layer) ?? 1,
        clock: layers.clocks.get(layer) ?? 0,
      };
    }),
    clocks,
  );
  if (!options.average) return { nodes: applied, norm };
  const own = new Map<Variable, GraphNode[]>(trainable.map(({ variable }, i) => [variable, [applied[i]!]]));
  for (const { variable } of weights)
    if (!own.has(variable))
      own.set(
        variable,
        statistics.filter((node) => node.inputs[0] === variable.handle),
      );
  return {
    nodes: [
      ...applied,
      ...averageUpdates(g, weights, clocks[0]!('averageShare'), (variable) => own.get(variable) ?? []),
    ],
    norm,
  };
}
