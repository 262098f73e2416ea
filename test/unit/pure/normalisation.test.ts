/**
 * Pixels become input in three places: in a program, in the views of an evaluation, in a self-check. They must
 * agree.
 */
import { describe, expect, it } from 'vitest';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { Program } from '../../../core/engine/engine.ts';
import { Graph } from '../../../core/engine/graph.ts';
import { ForwardBuilder } from '../../../core/engine/network.ts';
import { Weights } from '../../../core/engine/networkWeights.ts';
import { openWasmEngine } from '../../../core/engine/wasm/wasmEngine.ts';
import { viewsOf } from '../../../core/evaluate/protocols/views.ts';
import { normalisedPixels } from '../../../pure/normalisation.ts';

const SIDE = 16;
const BYTES = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
const INPUTS: readonly InputSpec[] = [
  { color: 'rgb', scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { color: 'bgr', scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1] },
  { color: 'bgr', scale: 127.5, mean: [1, 1.5, 0.25], std: [0.5, 1, 2] },
];

function program(input: InputSpec): Program {
  const g = new Graph();
  const images = g.placeholder('images', 'uint8', [-1, SIDE, SIDE, 3]);
  const builder = new ForwardBuilder(g, new Weights(g), { precision: 'f32', training: false });
  const { tensor } = builder.input(images, input);
  return { graph: g, signatures: { run: { inputs: { images }, outputs: { values: tensor }, updates: [] } } };
}

/** (value / scale − mean) / std, written out. */
function expected({ color, scale, mean, std }: InputSpec): number[] {
  return Array.from(BYTES, (_, i) => {
    const channel = i % 3;
    const value = BYTES[color === 'bgr' ? i - channel + 2 - channel : i]!;
    return (value / scale - mean[channel]!) / std[channel]!;
  });
}

const worst = (values: ArrayLike<number>, wanted: readonly number[]): number => {
  expect(values.length).toBe(wanted.length);
  return Math.max(...wanted.map((value, i) => Math.abs(values[i]! - value) / Math.max(1, Math.abs(value))));
};

describe.each(INPUTS)('$color, scale $scale', (input) => {
  it('is the same in a program', async () => {
    const session = (await openWasmEngine()).load(program(input));
    const images = { shape: [1, SIDE, SIDE, 3], data: BYTES };
    const values = session.run('run', { images })['values']?.data ?? [];
    session.dispose();
    expect(worst(values, expected(input))).toBeLessThan(3e-6);
  });

  it('is the same in the views of an evaluation and in a self-check, to the last bit', async () => {
    const views = await viewsOf(
      { pixels: BYTES, width: SIDE, height: SIDE, channels: 3 },
      { resize: { kind: 'none' }, crop: SIDE, crops: 'whole', mirror: false, input },
    );
    expect(views.pixels).toEqual(Float32Array.from(expected(input)));
    expect(normalisedPixels(Float32Array.from(BYTES), input, input.color === 'bgr' ? 'bgr' : 'rgb')).toEqual(
      views.pixels,
    );
  });
});
