/**
 * Spectral normalisation as PyTorch's (torch.nn.utils.parametrizations.spectral_norm), over twenty updates; goldens by
 * build/goldens/spectral_goldens.py.
 */
import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../contract/optimizers.ts';
import type { HostTensor } from '../../core/engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../core/engine/optimizers.ts';
import { networkProgram } from '../../core/engine/program.ts';
import { initialValues, startPowerIterations } from '../../core/train/initializer.ts';
import goldens from '../fixtures/models/spectral-goldens.json' with { type: 'json' };
import { ENGINES } from '../support/engines.ts';
import { formulaLabels, formulaPictures } from '../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../support/tinyModel.ts';

interface Case {
  readonly optimizer: Optimizer;
  readonly lr: number;
  readonly weightDecay: number;
  readonly losses: number[];
  readonly sigmas: [number, number][];
  readonly weights: Record<string, number[]>;
  readonly vectors: Record<string, number[]>;
  readonly logitsEval: number[];
}

const SIZE = 16;
const BATCH = 8;
const CLASSES = 10;
const PICTURE = SIZE * SIZE * 3;
const TOLERANCE = 1e-4;
const pictures = formulaPictures([32, SIZE, SIZE, 3]);
const labels = formulaLabels(32, CLASSES);
const model = tinyModel('normalised', (b, x, units) => {
  const a = b.leakyRelu(b.conv(x, 'a', { filters: 6, kernel: 3, padding: 1, spectralNorm: true }), 0.2);
  const c = b.leakyRelu(b.conv(a, 'b', { filters: 8, kernel: 3, stride: 2, padding: 1, spectralNorm: true }), 0.2);
  return b.dense(b.globalAvgPool(c), 'fc', { units });
});

const cases = goldens.cases as unknown as Case[];

function programOf(c: Case) {
  return networkProgram({
    model,
    shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
    preprocessing: null,
    precision: 'f32',
    optimizer: c.optimizer,
    weightDecay: c.weightDecay,
  });
}

function feed(step: number): Record<'images' | 'labels' | 'weights' | 'seed', HostTensor> {
  const from = BATCH * (step % 4);
  return {
    images: { shape: [BATCH, SIZE, SIZE, 3], data: pictures.slice(from * PICTURE, (from + BATCH) * PICTURE) },
    labels: { shape: [BATCH], data: labels.slice(from, from + BATCH) },
    weights: { shape: [BATCH], data: new Float32Array(BATCH).fill(1 / BATCH) },
    seed: { shape: [2], data: Int32Array.of(0, step) },
  };
}

/** Largest difference, relative to the largest entry. */
function off(values: ArrayLike<number> | undefined, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((values?.[i] ?? NaN) - value) / scale));
}

describe.each(ENGINES)('spectral norm by $name', ({ available, open }) => {
  it.skipIf(!available).each(cases.map((c) => [c.optimizer.kind, c] as const))(
    'is PyTorch’s for twenty steps of %s',
    async (_, c) => {
      const program = programOf(c);
      const session = (await open()).load(program);
      try {
        startFromFormula(session, program);
        const vectors = Object.keys(c.vectors);
        const lastBefore = c.losses.length - 1;
        c.losses.forEach((loss, step) => {
          // after the last update the weights are new, but the vectors those of its forward pass
          const { stats } = session.run('train', {
            ...feed(step),
            scalars: { shape: [SCALAR_COUNT], data: scalarsAt(c.optimizer, c.lr, step) },
          });
          expect(off([stats?.data[0] ?? NaN], [loss]), `loss of step ${step}`).toBeLessThan(TOLERANCE);
        });
        const read = session.read([...Object.keys(c.weights), ...vectors]);
        for (const [name, expected] of Object.entries({ ...c.weights, ...c.vectors }))
          expect(off(read.get(name), expected), name).toBeLessThan(TOLERANCE);
        expect(
          off(session.run('infer', { images: feed(0).images })['logits']?.data, c.logitsEval),
          'logits',
        ).toBeLessThan(TOLERANCE);
        // σ = uᵀWv by the stored vectors: that of the last step but for its update
        expect(program.spectralLayers).toEqual(['a', 'b']);
        expect(off(session.run('spectralNorms', {})['norms']?.data, c.sigmas[lastBefore] ?? [])).toBeLessThan(0.05);
      } finally {
        session.dispose();
      }
    },
  );

  it.skipIf(!available).each(cases.map((c) => [c.optimizer.kind, c] as const))(
    'reports PyTorch’s norms at every step of %s',
    async (_, c) => {
      const program = programOf(c);
      const session = (await open()).load(program);
      try {
        startFromFormula(session, program);
        c.sigmas.forEach((expected, step) => {
          const kernels = session.read(['a/kernel', 'b/kernel']);
          session.run('train', {
            ...feed(step),
            scalars: { shape: [SCALAR_COUNT], data: scalarsAt(c.optimizer, c.lr, step) },
          });
          const after = session.read(program.weights.map((w) => w.name));
          session.write(new Map([...after, ...kernels]));
          expect(off(session.run('spectralNorms', {})['norms']?.data, expected), `step ${step}`).toBeLessThan(
            TOLERANCE,
          );
          session.write(after);
        });
      } finally {
        session.dispose();
      }
    },
  );
});

describe('the start of the power iteration', () => {
  it('makes σ the largest singular value within a few per cent, and leaves given vectors alone', () => {
    const inputs = 27;
    const out = 16;
    const specs = [
      { name: 'c/kernel', shape: [3, 3, 3, out], kind: 'he' },
      { name: 'c/leftVector', shape: [out], kind: 'unitVector' },
      { name: 'c/rightVector', shape: [inputs], kind: 'unitVector' },
    ] as const;
    const made = () =>
      new Map(
        specs.map(({ name, shape, kind }) => [
          name as string,
          initialValues(
            { name, shape, init: kind === 'he' ? { kind, fan: 'out' } : { kind }, fanIn: inputs, fanOut: 9 * out },
            1,
          ),
        ]),
      );
    const sigma = (values: ReadonlyMap<string, Float32Array>): number => {
      const [w, u, v] = ['c/kernel', 'c/leftVector', 'c/rightVector'].map(
        (name) => values.get(name) ?? new Float32Array(),
      );
      let sum = 0;
      for (let k = 0; k < inputs; k++)
        for (let o = 0; o < out; o++) sum += (w?.[k * out + o] ?? NaN) * (u?.[o] ?? NaN) * (v?.[k] ?? NaN);
      return sum;
    };
    const once = made();
    const long = made();
    const random = sigma(once);
    startPowerIterations(once, new Map());
    for (const [name, values] of once) long.set(name, values.slice());
    for (let i = 0; i < 50; i++) startPowerIterations(long, new Map());
    expect(Math.abs(random)).toBeLessThan(0.5 * sigma(long));
    expect(sigma(once) / sigma(long)).toBeGreaterThan(0.97);
    expect(sigma(once) / sigma(long)).toBeLessThanOrEqual(1 + 1e-6);
    const given = made();
    startPowerIterations(given, new Map([['c/leftVector', 0]]));
    expect(given).toEqual(made());
  });
});
