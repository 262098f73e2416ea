/**
 * Covariance pooling and its gradient against float64: PyTorch's (build/goldens/covariance_goldens.py), and the five
 * steps written down here.
 */
import { describe, expect, it } from 'vitest';
import type { Engine, Program } from '../../../core/engine/engine.ts';
import { gradients } from '../../../core/engine/gradients.ts';
import { Graph } from '../../../core/engine/graph.ts';
import { binary, cast, reduce } from '../../../core/engine/ops/arrays.ts';
import { covariancePool, type CovarianceType } from '../../../core/engine/ops/covariance.ts';
import type { CovariancePoolOptions } from '../../../core/models/builder.ts';
import goldens from '../../fixtures/models/covariance-goldens.json' with { type: 'json' };
import { ENGINES } from '../../support/engines.ts';
import { formulaUnits } from '../../support/formulaWeights.ts';

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
  readonly exponents: [number, number];
  readonly offset: number;
  readonly copies: number | null;
  readonly options: CovariancePoolOptions;
  readonly output: number[];
  readonly gradient: number[];
}

const cases = goldens.cases as unknown as Case[];

/** Output, and gradient of Σ output · probe. */
function program(
  side: number,
  channels: number,
  options: CovariancePoolOptions,
  precision: 'float32' | 'bfloat16' = 'float32',
  type: CovarianceType = 'float32',
): Program {
  const g = new Graph();
  const x = g.placeholder('x', 'float32', [-1, side, side, channels]);
  const probe = g.placeholder('probe', 'float32', [-1, (channels * (channels + 1)) / 2]);
  const output = cast(g, covariancePool(g, cast(g, x, precision), options, type), 'float32');
  const [gradient] = gradients(g, reduce(g, 'Sum', binary(g, 'Mul', output, probe), [0, 1]), [x]);
  if (!gradient) throw new Error('no gradient');
  return { graph: g, signatures: { run: { inputs: { x, probe }, outputs: { output, gradient }, updates: [] } } };
}

function run(
  engine: Engine,
  x: Float32Array,
  probe: Float32Array,
  side: number,
  channels: number,
  options: CovariancePoolOptions,
  precision?: 'float32' | 'bfloat16',
  type?: CovarianceType,
): { output: ArrayLike<number>; gradient: ArrayLike<number> } {
  const session = engine.load(program(side, channels, options, precision, type));
  const batch = x.length / (side * side * channels);
  try {
    const { output, gradient } = session.run('run', {
      x: { shape: [batch, side, side, channels], data: x },
      probe: { shape: [batch, probe.length / batch], data: probe },
    });
    return { output: output?.data ?? [], gradient: gradient?.data ?? [] };
  } finally {
    session.dispose();
  }
}

function given({ name, batch, side, channels, exponents: [from, to], offset, copies }: Case): {
  x: Float32Array;
  probe: Float32Array;
} {
  const units = formulaUnits(`cov:${name}`, batch * side * side * channels);
  const x = Float32Array.from(units, (_, i) => {
    const c = i % channels;
    const own = copies === null ? c : c % copies;
    return 10 ** (from + ((to - from) * c) / (channels - 1)) * (units[i - c + own] ?? NaN) + offset;
  });
  return { x, probe: Float32Array.from(formulaUnits(`covProbe:${name}`, (batch * channels * (channels + 1)) / 2)) };
}

/** Largest difference, relative to the largest entry. */
function relative(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  const list = Array.from(expected);
  const scale = Math.max(...list.map(Math.abs));
  expect(values.length).toBe(list.length);
  return Math.max(...list.map((value, i) => Math.abs((values[i] ?? NaN) - value) / scale));
}

/** The five steps of the builder's `covariancePool` in float64, upper triangle row by row. */
function inDouble(x: Float32Array, positions: number, channels: number, iterations = 5): Float64Array {
  const product = (a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> => {
    const out = new Float64Array(channels * channels);
    for (let i = 0; i < channels; i++)
      for (let k = 0; k < channels; k++)
        for (let j = 0, f = a[i * channels + k] ?? NaN; j < channels; j++)
          out[i * channels + j] = (out[i * channels + j] ?? NaN) + f * (b[k * channels + j] ?? NaN);
    return out;
  };
  const out: number[] = [];
  for (let start = 0; start < x.length; start += positions * channels) {
    const at = (m: number, c: number): number => x[start + m * channels + c] ?? NaN;
    const mean = Float64Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let m = 0; m < positions; m++) sum += at(m, c);
      return sum / positions;
    });
    const sigma = new Float64Array(channels * channels);
    for (let a = 0; a < channels; a++)
      for (let b = 0; b < channels; b++)
        for (let m = 0; m < positions; m++)
          sigma[a * channels + b] =
            (sigma[a * channels + b] ?? NaN) +
            ((at(m, a) - (mean[a] ?? NaN)) * (at(m, b) - (mean[b] ?? NaN))) / positions;
    let trace = 0;
    for (let c = 0; c < channels; c++) trace += sigma[c * (channels + 1)] ?? NaN;
    const identity = (i: number): number => (i % (channels + 1) === 0 ? 1 : 0);
    let y = sigma.map((v) => v / trace);
    let z = y.map((_, i) => identity(i));
    for (let k = 0; k < iterations; k++) {
      const t = product(z, y).map((v, i) => (3 * identity(i) - v) / 2);
      y = product(y, t);
      z = product(t, z);
    }
    for (let a = 0; a < channels; a++)
      for (let b = a; b < channels; b++) out.push((y[a * channels + b] ?? NaN) * Math.sqrt(trace));
  }
  return Float64Array.from(out);
}

const bfloat16 = (values: Float32Array): Float32Array => {
  const bits = new Uint32Array(values.slice().buffer).map((b) => ((b + 0x7fff + ((b >>> 16) & 1)) & 0xffff0000) >>> 0);
  return new Float32Array(bits.buffer);
};

describe.each(ENGINES)('covariance pooling by $name', ({ name: engineName, available, open }) => {
  it.skipIf(!available).each(cases.map((c) => [c.name, c] as const))(
    'is PyTorch’s in float64 to 1e-5, gradient too: %s',
    async (_, c) => {
      const { x, probe } = given(c);
      const { output, gradient } = run(await open(), x, probe, c.side, c.channels, c.options);
      expect(relative(output, c.output), 'output').toBeLessThan(1e-5);
      expect(relative(gradient, c.gradient), 'gradient').toBeLessThan(1e-5);
    },
  );

  it.skipIf(!available)('keeps to 1e-5 with many channels on few positions', async () => {
    const side = 7;
    const channels = 96;
    const x = Float32Array.from(formulaUnits('wide', 2 * side * side * channels), (v) => Math.max(0, v));
    const probe = new Float32Array(channels * (channels + 1));
    expect(
      relative(run(await open(), x, probe, side, channels, {}).output, inDouble(x, side * side, channels)),
    ).toBeLessThan(1e-5);
  });

  it.skipIf(!available).each([
    [0, {}],
    [0.7, {}],
    [0, { ridge: 1e-7 }],
    [-3e4, { ridge: 1e-7 }],
    [1e-20, {}],
  ] as const)(
    'a picture that is %d everywhere has finite values and a gradient without NaN (%o)',
    async (value, options) => {
      const side = 4;
      const channels = 6;
      const entries = (channels * (channels + 1)) / 2;
      const { output, gradient } = run(
        await open(),
        new Float32Array(side * side * channels).fill(value),
        Float32Array.from(formulaUnits('probe', entries)),
        side,
        channels,
        options,
      );
      expect([...Array.from(output), ...Array.from(gradient)].every(Number.isFinite)).toBe(true);
      // without ridge the covariance is 0, and its root
      expect(Math.max(...Array.from(output).map(Math.abs))).toBeLessThan(1e-3);
      expect(Math.max(...Array.from(gradient).map(Math.abs))).toBeLessThan(1e-3);
    },
  );

  it.skipIf(!available || engineName === 'WebAssembly')('computes in float32 between bfloat16 layers', async () => {
    const c = cases[0]!;
    const { x, probe } = given(c);
    const lowered = bfloat16(x);
    const engine = await open();
    const { output } = run(engine, lowered, probe, c.side, c.channels, c.options, 'bfloat16');
    const expected = bfloat16(Float32Array.from(inDouble(lowered, c.side * c.side, c.channels)));
    // nothing but the rounding of the result: one unit in the last place where it lies on the edge
    expect(relative(output, expected)).toBeLessThan(2 ** -8);
    expect(Array.from(output).filter((v, i) => v !== expected[i]).length).toBeLessThan(3);
  });
});

describe.skipIf(!ENGINES[0]?.available)('covariance pooling in float64, as on a GPU', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s', async (_, c) => {
    const engine = await ENGINES[0]!.open();
    const { x, probe } = given(c);
    const { output, gradient } = run(engine, x, probe, c.side, c.channels, c.options, 'float32', 'float64');
    expect(relative(output, c.output), 'output').toBeLessThan(2e-7);
    expect(relative(gradient, c.gradient), 'gradient').toBeLessThan(5e-7);
  });
});
