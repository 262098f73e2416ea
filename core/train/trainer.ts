/** A network under training in an engine's session: one step, logits, and its tensors for checkpoints. */
import { StudioError } from '../../contract/errors.ts';
import { packedChannelsOf } from '../../contract/inputSpec.ts';
import { slotNames } from '../../contract/optimizers.ts';
import { momentumAt } from '../../pure/schedule.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import type { Batch, BatchSource } from '../data/batches/loader.ts';
import { AVERAGE_SUFFIX } from '../engine/averagedWeights.ts';
import type { Engine, HostTensor, Session } from '../engine/engine.ts';
import { elements } from '../engine/graph.ts';
import { networkProgram, type NetworkProgram } from '../engine/program.ts';
import { hasBatchNorm } from '../models/describe.ts';
import { networkShapeOf } from '../models/family.ts';
import { fineTuningPlan, layerNames, type FineTuningPlan, type LayerNames } from '../models/layerChoice.ts';
import { getModel } from '../models/registry.ts';
import { layerOfWeight } from '../models/weightSpecs.ts';
import { readTensors, type NamedTensor } from './checkpoint.ts';
import { classWeightsOf, lossInputs, needsSoftTargets, type LossOptions } from './exampleWeights.ts';
import { initialValues, startPowerIterations } from './initializer.ts';
import { clockScalars, rolesAt, startsAt } from './phases.ts';

interface Shaped {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The trained weights' name in a checkpoint whose weights are their averages. */
const TRAINED_SUFFIX = '#trained';

/** Weights that a run starts from, in the place of those of its seed. */
export type InitialSource = () => Promise<ReadonlyMap<string, Float32Array>>;

export interface StepResult {
  readonly loss: number;
  readonly correct: number;
  /** Before clipping; null without. */
  readonly gradNorm: number | null;
}

export class Trainer {
  readonly #spec: RunSpec;
  readonly #engine: Engine;
  readonly #stepsPerEpoch: number;
  readonly #names: LayerNames;
  readonly #plan: FineTuningPlan;
  #program: NetworkProgram;
  #session: Session;
  /** Epochs at which layers that train now began to; each has its clock. */
  #starts: readonly number[];
  readonly #loss: LossOptions;
  readonly #soft: boolean;
  readonly #hasBatchNorm: boolean;

  /** `epoch`: the 0-based one that the next step belongs to. */
  constructor(spec: RunSpec, engine: Engine, examples: Pick<BatchSource, 'stepsPerEpoch' | 'classCounts'>, epoch = 0) {
    this.#spec = spec;
    this.#engine = engine;
    this.#stepsPerEpoch = examples.stepsPerEpoch;
    this.#names = layerNames(getModel(spec.model.name), networkShapeOf(this.#spec));
    this.#plan = fineTuningPlan(spec.fineTuning, this.#names, spec.layerDecay);
    this.#soft = needsSoftTargets(spec);
    this.#hasBatchNorm = hasBatchNorm(getModel(spec.model.name), networkShapeOf(spec));
    this.#loss = {
      classes: spec.classNames.length,
      labelSmoothing: spec.labelSmoothing,
      classWeights: classWeightsOf(spec.classWeights, examples.classCounts(spec.classNames.length)),
    };
    this.#starts = startsAt(this.#plan, epoch);
    this.#program = this.#programOf(this.#starts);
    this.#session = engine.load(this.#program);
  }

  #programOf(starts: readonly number[]): NetworkProgram {
    const spec = this.#spec;
    return networkProgram({
      model: getModel(spec.model.name),
      shape: networkShapeOf(this.#spec),
      layers: rolesAt(this.#plan, this.#names, starts),
      preprocessing: spec.preprocessing,
      precision: spec.precision,
      device: this.#engine.device.kind,
      optimizer: spec.optimizer,
      weightDecay: spec.weightDecay,
      decayAll: spec.decayAll,
      clipNorm: spec.clipNorm,
      parts: spec.accumulate > 1,
      average: spec.averaging !== null,
      softTargets: this.#soft,
    });
  }

  /**
   * Layers that were to wait for this epoch (0-based) train from now on, their optimizer slots at zero. Everything else
   * stays as it is.
   */
  beginEpoch(epoch: number): void {
    const starts = startsAt(this.#plan, epoch);
    if (starts.length === this.#starts.length) return;
    for (const [name, data] of this.#session.read(
      [...this.#weights(), ...this.#slots(), ...this.#averages()].map((v) => v.name),
    ))
      this.#pending.set(name, data);
    this.#session.dispose();
    this.#starts = starts;
    this.#program = this.#programOf(starts);
    this.#session = this.#engine.load(this.#program);
    for (const slot of this.#slots())
      if (!this.#pending.has(slot.name)) this.#pending.set(slot.name, new Float32Array(elements(slot.shape)));
    this.#flush();
  }

  /** Whether a batch of one image would be normalised by itself alone. */
  get hasBatchNorm(): boolean {
    return this.#hasBatchNorm;
  }

  /** Numbers that train. */
  get parameters(): number {
    return this.#program.weights.filter((w) => w.trainable).reduce((n, w) => n + elements(w.variable.shape), 0);
  }

  /** Bytes of one checkpoint, within a few kilobytes. */
  get checkpointBytes(): number {
    return 4 * [...this.#weights(), ...this.#slots(), ...this.#averages()].reduce((n, v) => n + elements(v.shape), 0);
  }

  /** Weights as `given`, the others from the run's seed; their averages the same, optimizer slots at zero. */
  initialise(given: ReadonlyMap<string, Float32Array> = new Map()): void {
    for (const w of this.#program.weights) {
      const values =
        given.get(w.variable.name) ??
        initialValues({ ...w, name: w.variable.name, shape: w.variable.shape }, this.#spec.seed);
      this.#pending.set(w.variable.name, values);
      if (this.#spec.averaging) this.#pending.set(`${w.variable.name}${AVERAGE_SUFFIX}`, values);
    }
    startPowerIterations(this.#pending, given);
    for (const slot of this.#slots()) this.#pending.set(slot.name, new Float32Array(elements(slot.shape)));
    this.#flush();
  }

  /** σ of each spectrally normalised layer; none where there is none. */
  spectralNorms(): ReadonlyMap<string, number> {
    const { spectralLayers } = this.#program;
    if (spectralLayers.length === 0) return new Map();
    const { norms } = this.#session.run('spectralNorms', {});
    return new Map(spectralLayers.map((layer, i) => [layer, norms!.data[i]!]));
  }

  /**
   * Weights and slots of a checkpoint.
   * @throws {StudioError} `weights.mismatch`: when they are another network's
   */
  restore(path: string): void {
    for (const [name, data] of readTensors(path, 'weights.safetensors'))
      this.#pending.set(this.#spec.averaging ? `${name}${AVERAGE_SUFFIX}` : name, data);
    for (const [name, data] of readTensors(path, 'optimizer.safetensors'))
      this.#pending.set(name.endsWith(TRAINED_SUFFIX) ? name.slice(0, -TRAINED_SUFFIX.length) : name, data);
    for (const slot of this.#newSlots())
      if (!this.#pending.has(slot.name)) this.#pending.set(slot.name, new Float32Array(elements(slot.shape)));
    const expected = [...this.#weights(), ...this.#slots(), ...this.#averages()];
    const wrong = expected.find((v) => this.#pending.get(v.name)?.length !== elements(v.shape));
    if (wrong || expected.length !== this.#pending.size) {
      throw new StudioError(
        'weights.mismatch',
        `The checkpoint ${path} does not belong to this network: ` +
          `${wrong ? `${wrong.name} is missing or of another shape` : 'it holds other tensors'}.`,
        { remedy: 'Resume with the settings that the run was started with.' },
      );
    }
    this.#flush();
  }

  /**
   * One update; returns the mean loss of the batch before it, and how many it had right. With `accumulate` the batch is
   * computed in parts.
   */
  step(batch: Batch, lr: number, step: number): StepResult {
    const { spec, inputs } = { spec: this.#spec, inputs: lossInputs(batch, this.#loss, this.#soft) };
    const settings = {
      weightDecay: spec.weightDecay,
      averageShare: averageShareAt(spec.averaging, step),
      momentum: momentumAt(spec.schedule, step, { stepsPerEpoch: this.#stepsPerEpoch, epochs: spec.epochs }),
    };
    const scalars = vector(clockScalars(spec.optimizer, lr, step, this.#starts, this.#stepsPerEpoch, settings));
    const feed = (from: number, to: number, draw: number): Record<string, HostTensor> => ({
      images: this.#images(batch, from, to),
      labels: { shape: [to - from], data: batch.labels.subarray(from, to) },
      weights: { shape: [to - from], data: inputs.weights.subarray(from, to) },
      ...(inputs.targets && {
        targets: {
          shape: [to - from, this.#loss.classes],
          data: inputs.targets.subarray(from * this.#loss.classes, to * this.#loss.classes),
        },
      }),
      seed: { shape: [2], data: Int32Array.of(spec.seed | 0, draw | 0) },
    });
    const clips = spec.clipNorm !== null;
    const n = batch.count;
    if (spec.accumulate === 1) {
      const { stats } = this.#session.run('train', { ...feed(0, n, step), scalars });
      return {
        loss: stats!.data[0]!,
        correct: stats!.data[1]!,
        gradNorm: clips ? stats!.data[2]! : null,
      };
    }
    const size = Math.ceil(n / spec.accumulate);
    let loss = 0;
    let correct = 0;
    for (let from = 0, part = 0; from < n; from += size, part++) {
      const { stats } = this.#session.run(
        part === 0 ? 'firstPart' : 'nextPart',
        feed(from, Math.min(n, from + size), step * spec.accumulate + part),
      );
      loss += stats!.data[0]!;
      correct += stats!.data[1]!;
    }
    // A loss that is no number must not reach the weights.
    if (!Number.isFinite(loss)) return { loss, correct, gradNorm: null };
    const norm = this.#session.run('apply', { scalars })['stats']!.data[0]!;
    return { loss, correct, gradNorm: clips ? norm : null };
  }

  /**
   * `[batch.count, classes]` by the moving averages, without dropout; by the weights' averages where the run keeps
   * them.
   */
  logits(batch: Batch): Float32Array {
    return this.#session.run(this.#spec.averaging ? 'inferAverage' : 'infer', {
      images: this.#images(batch, 0, batch.count),
    })['logits']?.data as Float32Array;
  }

  /**
   * What a checkpoint holds, read from the device now. Its weights are those that evaluation uses: the averages, where
   * the run keeps them.
   */
  tensors(): { weights: NamedTensor[]; optimizer: NamedTensor[] } {
    const read = (variables: readonly Shaped[], nameOf: (name: string) => string = (name) => name): NamedTensor[] => {
      const values = this.#session.read(variables.map((v) => v.name));
      return variables.map(({ name, shape }) => ({
        name: nameOf(name),
        shape,
        read: () => {
          const v = values.get(name);
          values.delete(name);
          if (!v) throw new Error(`${name} was read twice`);
          return v;
        },
      }));
    };
    if (!this.#spec.averaging) return { weights: read(this.#weights()), optimizer: read(this.#slots()) };
    return {
      weights: read(this.#averages(), (name) => name.slice(0, -AVERAGE_SUFFIX.length)),
      optimizer: [...read(this.#slots()), ...read(this.#weights(), (name) => `${name}${TRAINED_SUFFIX}`)],
    };
  }

  dispose(): void {
    this.#session.dispose();
  }

  readonly #pending = new Map<string, Float32Array>();

  #flush(): void {
    this.#session.write(this.#pending);
    this.#pending.clear();
  }

  #weights(): Shaped[] {
    return this.#program.weights.map((w) => w.variable);
  }

  #averages(): Shaped[] {
    return this.#spec.averaging
      ? this.#weights().map(({ name, shape }) => ({ name: `${name}${AVERAGE_SUFFIX}`, shape }))
      : [];
  }

  /** A checkpoint at the end of an epoch knows nothing yet of the layers that begin to train with the next. */
  #newSlots(): Shaped[] {
    const newest = this.#starts.at(-1) ?? 0;
    return newest === 0
      ? []
      : this.#slots().filter(({ name }) => this.#plan.startEpoch.get(layerOfWeight(name)) === newest);
  }

  #slots(): Shaped[] {
    const names = slotNames(this.#spec.optimizer);
    return this.#program.weights
      .filter((w) => w.trainable)
      .flatMap((w) => names.map((slot) => ({ name: `${w.variable.name}#${slot}`, shape: w.variable.shape })));
  }

  #images(batch: Batch, from: number, to: number): { shape: number[]; data: Uint8Array } {
    const { size } = this.#spec.preprocessing;
    const channels = packedChannelsOf(this.#spec.preprocessing);
    const bytes = size * size * channels;
    return { shape: [to - from, size, size, channels], data: batch.images.subarray(from * bytes, to * bytes) };
  }
}

/** Share of the new weights in their average after the update of `step` (0-based). */
export function averageShareAt(averaging: RunSpec['averaging'], step: number): number {
  if (!averaging) return 0;
  return 1 - (averaging.warmUp ? Math.min(averaging.decay, (1 + step + 1) / (10 + step + 1)) : averaging.decay);
}

function vector(data: Float32Array): { shape: number[]; data: Float32Array } {
  return { shape: [data.length], data };
}
