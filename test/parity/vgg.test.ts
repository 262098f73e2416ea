import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../contract/optimizers.ts';
import type { HostTensor, Session } from '../../core/engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../core/engine/optimizers.ts';
import { networkProgram, type NetworkProgram } from '../../core/engine/program.ts';
import { getModel } from '../../core/models/registry.ts';
import goldens from '../fixtures/models/vgg-goldens.json' with { type: 'json' };
import { relativeError, type Digest } from '../support/digest.ts';
import { wholeZoo } from '../support/distinctNetworks.ts';
import { ENGINES } from '../support/engines.ts';
import { formulaLabels, formulaPictures, formulaWeight } from '../support/formulaWeights.ts';

interface Case {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly batch: number;
  readonly options: Record<string, number>;
  readonly logitsEval: number[][];
  readonly loss: number;
  readonly gradients: [string, Digest][];
  readonly optimizers: (Record<string, unknown> & {
    kind: string;
    lr: number;
    losses: number[];
    weights: [string, Digest, number][];
    float32Error: number;
  })[];
  readonly float32Error: { logits: number; gradients: number };
}

/** What PyTorch's own float32 run is off by counts as exact; nothing is looser than 1 %. */
const tolerance = (float32Error: number): number => Math.min(1e-2, Math.max(1e-4, 10 * float32Error));

function optimizerOf(o: Record<string, unknown>): Optimizer {
  return o['kind'] === 'adam'
    ? { kind: 'adam', beta1: Number(o['beta1']), beta2: Number(o['beta2']), epsilon: Number(o['epsilon']) }
    : { kind: 'sgd', momentum: Number(o['momentum']), nesterov: false };
}

function programFor(c: Case, optimizer: Optimizer): NetworkProgram {
  return networkProgram({
    model: getModel(c.model),
    shape: { size: c.size, channels: c.channels, classes: c.classes, options: c.options },
    preprocessing: null,
    precision: 'f32',
    optimizer,
  });
}

function start(session: Session, program: NetworkProgram): void {
  const values = new Map(
    program.weights.map(({ variable, kind }) => [
      variable.name,
      formulaWeight({ name: variable.name, shape: variable.shape, kind }),
    ]),
  );
  for (const v of program.graph.variables.values())
    if (v.name.includes('#')) values.set(v.name, new Float32Array(v.shape.reduce((n, d) => n * d, 1)));
  session.write(values);
}

function batchOf(c: Case): Record<'images' | 'labels' | 'weights' | 'seed', HostTensor> {
  const shape = [c.batch, c.size, c.size, c.channels];
  return {
    images: { shape, data: formulaPictures(shape) },
    labels: { shape: [c.batch], data: formulaLabels(c.batch, c.classes) },
    weights: { shape: [c.batch], data: new Float32Array(c.batch).fill(1 / c.batch) },
    seed: { shape: [2], data: Int32Array.of(0, 0) },
  };
}

/** A network of each kind of layer; QUORUM_ZOO=all: every one. */
const STEPPED: readonly string[] = ['vgg11', 'vgg16_c1', 'vgg11_bn', 'vgg19_bn'];
const cases = goldens.cases as unknown as Case[];
const adam: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

describe.each(ENGINES)('$name computes what PyTorch computes', ({ available, open, name }) => {
  // A full-width network is too slow for WebAssembly here, and op by op it is computed by the session's own kernels; the
  // narrow ones run the same ops.
  const small = cases.filter((c) => name === 'TensorFlow session' || c.options['widthFactor'] !== undefined);

  it.skipIf(!available).each(small)('logits and gradients of $model at $size pixels', async (c) => {
    const engine = await open();
    const program = programFor(c, adam);
    const session = engine.load(program);
    try {
      start(session, program);
      const { images, ...rest } = batchOf(c);
      const logits = session.run('infer', { images })['logits'];
      const scale = Math.max(...c.logitsEval.flat().map(Math.abs));
      const worst = Math.max(...c.logitsEval.flat().map((v, i) => Math.abs((logits?.data[i] ?? NaN) - v) / scale));
      expect(worst).toBeLessThan(tolerance(c.float32Error.logits));
      if (c.gradients.length === 0) return;
      const grads = session.run('gradients', { images, ...rest });
      expect(Math.abs((grads['loss']?.data[0] ?? NaN) - c.loss) / c.loss).toBeLessThan(1e-4);
      for (const [weight, digest] of c.gradients)
        expect(relativeError(grads[weight]?.data ?? [], digest), weight).toBeLessThan(
          tolerance(c.float32Error.gradients),
        );
    } finally {
      session.dispose();
    }
  });

  // A step updates each weight alone, so that deeper networks of the same layers only repeat it.
  const stepped = small.filter(({ model }) => wholeZoo || STEPPED.includes(model));
  const runs = stepped.flatMap((c) => c.optimizers.map((o) => ({ c, o, model: c.model, kind: o.kind })));
  it.skipIf(!available).each(runs)('ten $kind steps of $model', async ({ c, o }) => {
    const engine = await open();
    const optimizer = optimizerOf(o);
    const program = programFor(c, optimizer);
    const session = engine.load(program);
    try {
      start(session, program);
      const batch = batchOf(c);
      const live: number[] = [];
      o.losses.forEach((expected, step) => {
        const { stats } = session.run('train', {
          ...batch,
          scalars: { shape: [SCALAR_COUNT], data: scalarsAt(optimizer, o.lr, step) },
        });
        live.push(engine.liveTensors());
        expect(
          Math.abs((stats?.data[0] ?? NaN) - expected) / Math.abs(expected),
          `loss before step ${step}`,
        ).toBeLessThan(tolerance(o.float32Error));
      });
      expect(new Set(live).size, 'tensors alive after each step').toBe(1);
      const after = session.read(program.weights.map((w) => w.variable.name));
      for (const [weight, digest, float32Error] of o.weights) {
        if (float32Error < 1e-3)
          expect(relativeError(after.get(weight) ?? [], digest), weight).toBeLessThan(tolerance(float32Error));
      }
    } finally {
      session.dispose();
    }
  });
});
