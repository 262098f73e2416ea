/** The plainest possible forward pass of the layers VGG uses, on arrays: what imported weights compute without any engine. */
import type { Builder, Value } from '../../../core/models/builder.ts';
import type { Model, NetworkShape } from '../../../core/models/family.ts';

interface Feature extends Value { readonly data: Float64Array }
type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

function at(weights: Weights, name: string): Float32Array {
  const weight = weights.get(name);
  if (!weight) throw new Error(`no weight ${name}`);
  return weight.data;
}

function conv(x: Feature, kernel: Float32Array, bias: Float32Array, filters: number, side: number): Feature {
  const [height, width, channels] = x.shape as [number, number, number];
  const half = (side - 1) / 2;
  const out = new Float64Array(height * width * filters);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) for (let ky = 0; ky < side; ky++) for (let kx = 0; kx < side; kx++) {
    const y = row + ky - half;
    const z = column + kx - half;
    if (y < 0 || z < 0 || y >= height || z >= width) continue;
    for (let c = 0; c < channels; c++) {
      const value = x.data[(y * width + z) * channels + c]!;
      for (let f = 0; f < filters; f++) out[(row * width + column) * filters + f]! += value * kernel[((ky * side + kx) * channels + c) * filters + f]!;
    }
  }
  for (let i = 0; i < out.length; i++) out[i]! += bias[i % filters]!;
  return { shape: [height, width, filters], data: out };
}

function maxPool(x: Feature): Feature {
  const [height, width, channels] = x.shape as [number, number, number];
  const shape = [height >> 1, width >> 1, channels];
  const data = new Float64Array(shape[0]! * shape[1]! * channels).fill(-Infinity);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) for (let c = 0; c < channels; c++) {
    const to = ((row >> 1) * shape[1]! + (column >> 1)) * channels + c;
    data[to] = Math.max(data[to]!, x.data[(row * width + column) * channels + c]!);
  }
  return { shape, data };
}

/** Logits of `model` for one picture `[size, size, channels]`. */
export function plainForward(model: Model, shape: NetworkShape, weights: Weights, picture: Float64Array): number[] {
  const layers = {
    conv: (x: Feature, name: string, options: { filters: number; kernel: number }) => conv(x, at(weights, `${name}/kernel`), at(weights, `${name}/bias`), options.filters, options.kernel),
    batchNorm(x: Feature, name: string): Feature {
      const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((kind) => at(weights, `${name}/${kind}`));
      return { shape: x.shape, data: x.data.map((value, i) => { const c = i % gamma!.length; return ((value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5)) * gamma![c]! + beta![c]!; }) };
    },
    relu: (x: Feature): Feature => ({ shape: x.shape, data: x.data.map((value) => Math.max(0, value)) }),
    maxPool,
    // The grid equals the map's own size in these tests, so that pooling to it changes nothing.
    adaptiveMaxPool(x: Feature, grid: number): Feature { if (x.shape[0] !== grid) throw new Error('another grid'); return x; },
    flatten: (x: Feature): Feature => ({ shape: [x.data.length], data: x.data }),
    dense(x: Feature, name: string, options: { units: number }): Feature {
      const kernel = at(weights, `${name}/kernel`);
      const data = Float64Array.from(at(weights, `${name}/bias`));
      for (let i = 0; i < x.data.length; i++) for (let u = 0; u < options.units; u++) data[u]! += x.data[i]! * kernel[i * options.units + u]!;
      return { shape: [options.units], data };
    },
  };
  const result = model.build(layers as unknown as Builder<Feature>, { shape: [shape.size, shape.size, shape.channels], data: picture }, shape);
  return Array.from(result.data);
}
