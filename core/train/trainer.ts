/** A network under training in an engine's session: one step, logits, and its tensors for checkpoints. */
import { StudioError } from '../../contract/errors.ts';
import { channelsOf } from '../../contract/preprocessing.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import type { Batch } from '../data/loader.ts';
import type { Engine, Session } from '../engine/engine.ts';
import { elements } from '../engine/graph.ts';
import { scalarsAt, slotNames } from '../engine/optimizers.ts';
import { networkProgram, type NetworkProgram } from '../engine/program.ts';
import { getModel } from '../models/registry.ts';
import { readTensors, type NamedTensor } from './checkpoint.ts';
import { initialValues } from './initialWeights.ts';

export class Trainer {
  readonly #spec: RunSpec;
  readonly #program: NetworkProgram;
  readonly #session: Session;

  constructor(spec: RunSpec, engine: Engine) {
    const { size } = spec.preprocessing, channels = channelsOf(spec.preprocessing);
    this.#spec = spec;
    this.#program = networkProgram({ model: getModel(spec.model.name), shape: { size, channels, classes: spec.classNames.length, options: spec.model.options }, preprocessing: spec.preprocessing, precision: spec.precision, optimizer: spec.optimizer });
    this.#session = engine.load(this.#program);
  }

  /** Learnable numbers. */
  get parameters(): number { return this.#program.weights.filter((w) => w.trainable).reduce((n, w) => n + elements(w.variable.shape), 0); }

  /** Weights from the run's seed, optimizer slots at zero. */
  initialise(): void {
    for (const { variable, init, fanIn, fanOut } of this.#program.weights) this.#pending.set(variable.name, initialValues({ name: variable.name, shape: variable.shape, init, fanIn, fanOut }, this.#spec.seed));
    for (const slot of this.#slots()) this.#pending.set(slot.name, new Float32Array(elements(slot.shape)));
    this.#flush();
  }

  /** Weights and slots of a checkpoint. Errors: `weights.mismatch` when they are another network's. */
  restore(path: string): void {
    for (const file of ['weights.safetensors', 'optimizer.safetensors'] as const) for (const [name, data] of readTensors(path, file)) this.#pending.set(name, data);
    const expected = [...this.#program.graph.variables.values()], wrong = expected.find((v) => this.#pending.get(v.name)?.length !== elements(v.shape));
    if (wrong || expected.length !== this.#pending.size) {
      throw new StudioError('weights.mismatch', `The checkpoint ${path} does not belong to this network: ${wrong ? `${wrong.name} is missing or of another shape` : 'it holds other tensors'}.`, { remedy: 'Resume with the settings that the run was started with.' });
    }
    this.#flush();
  }

  /** One update; returns the mean loss of the batch before it, and how many it had right. */
  step(batch: Batch, lr: number, step: number): { loss: number; correct: number } {
    const n = batch.count;
    const { stats } = this.#session.run('train', {
      images: this.#images(batch), labels: { shape: [n], data: batch.labels.subarray(0, n) }, weights: { shape: [n], data: new Float32Array(n).fill(1 / n) },
      scalars: vector(scalarsAt(this.#spec.optimizer, lr, step)), seed: { shape: [2], data: Int32Array.of(this.#spec.seed | 0, step) },
    });
    return { loss: stats?.data[0] ?? NaN, correct: stats?.data[1] ?? NaN };
  }

  /** `[batch.count, classes]` by the moving averages, without dropout. */
  logits(batch: Batch): Float32Array {
    return this.#session.run('infer', { images: this.#images(batch) })['logits']?.data as Float32Array;
  }

  /** What a checkpoint holds, read from the device when its turn comes. */
  tensors(): { weights: NamedTensor[]; optimizer: NamedTensor[] } {
    const read = (variables: readonly { name: string; shape: readonly number[] }[]): NamedTensor[] => {
      const values = this.#session.read(variables.map((v) => v.name));
      return variables.map(({ name, shape }) => ({ name, shape, read: () => { const v = values.get(name); values.delete(name); if (!v) throw new Error(`${name} was read twice`); return v; } }));
    };
    return { weights: read(this.#program.weights.map((w) => w.variable)), optimizer: read(this.#slots()) };
  }

  dispose(): void { this.#session.dispose(); }

  readonly #pending = new Map<string, Float32Array>();

  #flush(): void {
    this.#session.write(this.#pending);
    this.#pending.clear();
  }

  #slots(): { name: string; shape: readonly number[] }[] {
    const names = slotNames(this.#spec.optimizer);
    return this.#program.weights.filter((w) => w.trainable).flatMap((w) => names.map((slot) => ({ name: `${w.variable.name}#${slot}`, shape: w.variable.shape })));
  }

  #images(batch: Batch): { shape: number[]; data: Uint8Array } {
    const { size } = this.#spec.preprocessing, channels = channelsOf(this.#spec.preprocessing);
    return { shape: [batch.count, size, size, channels], data: batch.images.subarray(0, batch.count * size * size * channels) };
  }
}

function vector(data: Float32Array): { shape: number[]; data: Float32Array } { return { shape: [data.length], data }; }
