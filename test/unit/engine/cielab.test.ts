/**
 * Lab input inside the graph and on the host against scikit-image's rgb2lab; goldens by
 * build/goldens/lab_goldens.py.
 */
import { describe, expect, it } from 'vitest';
import { LAB_SCALING, srgbOfLab } from '../../../pure/cielab.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { Program } from '../../../core/engine/engine.ts';
import { Graph } from '../../../core/engine/graph.ts';
import { ForwardBuilder } from '../../../core/engine/network.ts';
import { Weights } from '../../../core/engine/networkWeights.ts';
import { cast } from '../../../core/engine/ops/arrays.ts';
import { labOf } from '../../../core/evaluate/protocols/lab.ts';
import goldens from '../../fixtures/models/lab-goldens.json' with { type: 'json' };
import { ENGINES } from '../../support/engines.ts';

const { levels, lab } = goldens;
const SIDE = 27;
const pixels = Uint8Array.from(levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b]))));

function program(input: InputSpec, precision: 'f32' | 'bf16' = 'f32'): Program {
  const g = new Graph();
  const images = g.placeholder('images', 'uint8', [-1, SIDE, SIDE, 3]);
  const { tensor } = new ForwardBuilder(g, new Weights(g), { precision, training: false }).input(images, input);
  return {
    graph: g,
    signatures: { run: { inputs: { images }, outputs: { values: cast(g, tensor, 'float32') }, updates: [] } },
  };
}

const plain = (channels: number) => ({
  scale: 1,
  mean: new Array<number>(channels).fill(0),
  std: new Array<number>(channels).fill(1),
});
const worst = (values: ArrayLike<number>, expected: readonly number[]): number => {
  expect(values.length).toBe(expected.length);
  return Math.max(...expected.map((v, i) => Math.abs((values[i] ?? NaN) - v)));
};

describe.each(ENGINES)('Lab input by $name', ({ available, open }) => {
  it.skipIf(!available).each([
    ['lab', 3],
    ['ab', 2],
  ] as const)('%s is scikit-image’s to 1e-3', async (color, channels) => {
    const session = (await open()).load(program({ color, ...plain(channels) }));
    const values = session.run('run', { images: { shape: [1, SIDE, SIDE, 3], data: pixels } })['values']?.data ?? [];
    session.dispose();
    expect(worst(values, channels === 3 ? lab : lab.filter((_, i) => i % 3 > 0))).toBeLessThan(1e-3);
  });

  it.skipIf(!available)('is scaled as published: L / 50 − 1, a / 110, b / 110', async () => {
    const session = (await open()).load(
      program({ color: 'lab', scale: LAB_SCALING.scale, mean: [...LAB_SCALING.mean], std: [...LAB_SCALING.std] }),
    );
    const values = session.run('run', { images: { shape: [1, SIDE, SIDE, 3], data: pixels } })['values']?.data ?? [];
    session.dispose();
    expect(
      worst(
        values,
        lab.map((v, i) => (i % 3 === 0 ? v / 50 - 1 : v / 110)),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe('Lab on the host', () => {
  it('is scikit-image’s too', () => {
    expect(worst(labOf({ pixels, width: SIDE, height: SIDE, channels: 3 }, 0).pixels, lab)).toBeLessThan(1e-4);
    expect(
      worst(
        labOf({ pixels, width: SIDE, height: SIDE, channels: 3 }, 1).pixels,
        lab.filter((_, i) => i % 3 > 0),
      ),
    ).toBeLessThan(1e-4);
  });

  it('comes back to the same bytes', () => {
    for (let i = 0; i < lab.length; i += 3)
      expect(srgbOfLab([lab[i] ?? NaN, lab[i + 1] ?? NaN, lab[i + 2] ?? NaN]), String(i)).toEqual([
        ...pixels.subarray(i, i + 3),
      ]);
    expect(srgbOfLab([100, 120, -120]).every((byte) => byte >= 0 && byte <= 255)).toBe(true);
  });
});
