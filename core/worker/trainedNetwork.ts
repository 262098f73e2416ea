/** A network with its weights, able to look at pictures of several sizes. */
import { StudioError } from '../../contract/errors.ts';
import { type InputSpec, packedChannelsOf, type Preprocessing } from '../../contract/inputSpec.ts';
import type { LabelList } from '../../contract/protocol.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type { OutputClasses } from '../../contract/weights/weights.ts';
import type { Engine, Session } from '../engine/engine.ts';
import { denseProgram, type InferenceProgram } from '../engine/denseNetwork.ts';
import { elements } from '../engine/graph.ts';
import { networkProgram } from '../engine/program.ts';
import type { ViewSize } from '../evaluate/protocols/views.ts';
import { describeNetwork } from '../models/describe.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import { getModel } from '../models/registry.ts';
import { loadCheckpoint, readTensors } from '../train/checkpoint.ts';
import { allFinite, notFiniteNotes, requireComplete } from '../weights/mapWeights.ts';
import { openForeignWeights } from './foreignWeights.ts';
import type { TrainedNetwork } from './jobs/evaluate/messages.ts';

export interface LoadedWeights {
  readonly model: Model;
  /** As it was trained. */
  readonly shape: NetworkShape;
  readonly values: ReadonlyMap<string, Float32Array>;
  /** What a file says about its input: by the card beside it, or by its naming. Null for checkpoints. */
  readonly input: InputSpec | null;
  readonly labels: LabelList | null;
  /** Classes that the outputs stand for, as far as anything says so. */
  readonly outputs: OutputClasses | null;
  /** Weights with values that are no finite numbers. */
  readonly notFinite: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Reads all weights. `channels` is what the network receives; a file's own where it is not given.
 * @throws {StudioError} run.noCheckpoint, file.damaged; model.…; as `openForeignWeights`; weights.mismatch: weights
 *   are missing
 */
export async function loadWeights(network: TrainedNetwork, channels?: number): Promise<LoadedWeights> {
  const { model: spec, size, classes, weights, outputs } = network;
  const model = getModel(spec.name);
  if (weights.kind === 'checkpoint') {
    if (classes === undefined || channels === undefined) throw new Error('a run knows its shape');
    const shape: NetworkShape = { size, channels, classes, options: spec.options };
    await loadCheckpoint(weights.dir);
    const values = readTensors(weights.dir, 'weights.safetensors');
    return { model, shape, values, input: null, labels: null, outputs, ...finiteness(values, []) };
  }
  const opened = await openForeignWeights(weights, model, { size, channels, classes, options: spec.options });
  try {
    const { shape, tensors, report, mapping } = opened;
    requireComplete(report, model, weights.path);
    const values = new Map([...tensors].map(([name, tensor]) => [name, tensor.read()]));
    const { input, labels, notes } = mapping;
    return {
      model,
      shape,
      values,
      input,
      labels,
      outputs: outputs ?? mapping.outputs,
      ...finiteness(values, notes),
    };
  } finally {
    opened.file.close();
  }
}

/** Which weights hold values that are no finite numbers, said after `notes`. */
function finiteness(
  values: LoadedWeights['values'],
  notes: readonly string[],
): Pick<LoadedWeights, 'notFinite' | 'notes'> {
  const notFinite = [...values].filter(([, data]) => !allFinite(data)).map(([name]) => name);
  return { notFinite, notes: [...notes, ...notFiniteNotes(notFinite)] };
}

/**
 * The network's shape for pictures of another size: the pooling before the head keeps the grid it was trained with.
 * @throws {StudioError} `input.invalid`: where the head allows one size only; `model.inputTooSmall`
 */
export function shapeAt(model: Model, trained: NetworkShape, size: number): NetworkShape {
  const shapes = (shape: NetworkShape): string =>
    JSON.stringify(describeNetwork(model, shape).weights.map((weight) => weight.shape));
  const wanted = shapes(trained);
  const same = { ...trained, size };
  if (size === trained.size || shapes(same) === wanted) return same;
  const grid = describeNetwork(model, trained).layers.find(({ kind }) => kind.startsWith('adaptive'))?.output[0];
  if (model.supports.includes('poolGrid') && grid !== undefined) {
    const pooled = { ...same, options: { ...trained.options, poolGrid: grid } };
    if (shapes(pooled) === wanted) return pooled;
  }
  throw new StudioError(
    'input.invalid',
    `${model.name} trained at ${trained.size} × ${trained.size} cannot look at ${size} × ${size}: its head is ` +
      'made for one size.',
    { remedy: `Choose a protocol with crops of ${trained.size} pixels.` },
  );
}

/** Inference with float32 pictures `[n, height, width, channels]`, already as the first layer wants them. */
export interface Inference {
  readonly channels: number;
  /** `size`: height and width of all views. */
  logits(views: Float32Array, size: ViewSize): Float32Array;
  dispose(): void;
}

/**
 * Pictures of `size` × `size` only.
 * @throws {StudioError} `weights.mismatch`: where a weight is missing or of another size; as `shapeAt`
 */
export function openInference(engine: Engine, weights: LoadedWeights, size: number, precision: Precision): Inference {
  const shape = shapeAt(weights.model, weights.shape, size);
  return inference(
    engine,
    weights,
    networkProgram({ model: weights.model, shape, preprocessing: null, precision, device: engine.device.kind }),
  );
}

/** Inference with the bytes of a packed cache, `[n, size, size, channels]`: the network turns them into its input. */
export interface PackedInference {
  logits(count: number, bytes: Uint8Array): Float32Array;
  dispose(): void;
}

/** @throws {StudioError} `weights.mismatch`: where a weight is missing or of another size */
export function openPackedInference(
  engine: Engine,
  weights: LoadedWeights,
  preprocessing: Preprocessing,
  precision: Precision,
): PackedInference {
  const { model, shape } = weights;
  const program = networkProgram({ model, shape, preprocessing, precision, device: engine.device.kind });
  const session = loaded(engine, weights, program);
  const { size } = preprocessing;
  const channels = packedChannelsOf(preprocessing);
  return {
    logits: (count, bytes) =>
      session.run('infer', { images: { shape: [count, size, size, channels], data: bytes } })['logits']
        ?.data as Float32Array,
    dispose: () => {
      session.dispose();
    },
  };
}

/**
 * Whole pictures of any size not below what it was trained at.
 * @throws {StudioError} `weights.mismatch`; as `denseProgram`
 */
export function openDenseInference(engine: Engine, weights: LoadedWeights, precision: Precision): Inference {
  return inference(engine, weights, denseProgram(weights.model, weights.shape, precision));
}

/** A session with all weights in it. */
function loaded(engine: Engine, { values }: LoadedWeights, program: InferenceProgram): Session {
  for (const { name, shape } of program.weights) {
    const found = values.get(name)?.length;
    if (found !== elements(shape))
      throw new StudioError(
        'weights.mismatch',
        `${name} should be [${shape.join(', ')}] and ${found === undefined ? 'is missing' : `has ${found} values`}.`,
        { remedy: 'Choose the input (colours, size) and options these weights were trained with.' },
      );
  }
  const session: Session = engine.load(program);
  session.write(new Map(program.weights.map(({ name }) => [name, values.get(name)!])));
  return session;
}

function inference(engine: Engine, weights: LoadedWeights, program: InferenceProgram): Inference {
  const { channels } = weights.shape;
  const session = loaded(engine, weights, program);
  return {
    channels,
    logits: (views, { height, width }) =>
      session.run('infer', {
        images: { shape: [views.length / (height * width * channels), height, width, channels], data: views },
      })['logits']?.data as Float32Array,
    dispose: () => {
      session.dispose();
    },
  };
}
