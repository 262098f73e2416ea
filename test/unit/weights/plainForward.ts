/** The plainest possible forward pass of the layers VGG and ResNet use, on arrays: what imported weights compute without any engine. */
import { adaptiveBins, paddingSides } from '../../../core/models/geometry.ts';
import type { Activation } from '../../../core/models/activations.ts';
import type { Builder, ConvOptions, Padding, Value } from '../../../core/models/builder.ts';
import type { Model, NetworkShape } from '../../../core/models/family.ts';

interface Feature extends Value {
  readonly data: Float64Array;
}
type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

function at(weights: Weights, name: string): Float32Array {
  const weight = weights.get(name);
  if (!weight) throw new Error(`no weight ${name}`);
  return weight.data;
}

/** Zero padding on all sides; the networks tested pad alike everywhere. */
function conv(x: Feature, kernel: Float32Array, side: number, stride: number, padding: number): Feature {
  const [height, width, channels] = x.shape as [number, number, number];
  const filters = kernel.length / (side * side * channels);
  const shape = [
    Math.floor((height + 2 * padding - side) / stride) + 1,
    Math.floor((width + 2 * padding - side) / stride) + 1,
    filters,
  ];
  const out = new Float64Array(shape[0]! * shape[1]! * filters);
  for (let row = 0; row < shape[0]!; row++)
    for (let column = 0; column < shape[1]!; column++)
      for (let ky = 0; ky < side; ky++)
        for (let kx = 0; kx < side; kx++) {
          const y = row * stride + ky - padding;
          const z = column * stride + kx - padding;
          if (y < 0 || z < 0 || y >= height || z >= width) continue;
          for (let c = 0; c < channels; c++) {
            const value = x.data[(y * width + z) * channels + c]!;
            for (let f = 0; f < filters; f++)
              out[(row * shape[1]! + column) * filters + f]! +=
                value * kernel[((ky * side + kx) * channels + c) * filters + f]!;
          }
        }
  return { shape, data: out };
}

function maxPool(
  x: Feature,
  { kernel, stride, padding = 0 }: { kernel: number; stride: number; padding?: number },
): Feature {
  const [height, width, channels] = x.shape as [number, number, number];
  const shape = [
    Math.floor((height + 2 * padding - kernel) / stride) + 1,
    Math.floor((width + 2 * padding - kernel) / stride) + 1,
    channels,
  ];
  const data = new Float64Array(shape[0]! * shape[1]! * channels).fill(-Infinity);
  for (let row = 0; row < shape[0]!; row++)
    for (let column = 0; column < shape[1]!; column++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const y = row * stride + ky - padding;
          const z = column * stride + kx - padding;
          if (y < 0 || z < 0 || y >= height || z >= width) continue;
          for (let c = 0; c < channels; c++) {
            const to = (row * shape[1]! + column) * channels + c;
            data[to] = Math.max(data[to]!, x.data[(y * width + z) * channels + c]!);
          }
        }
  return { shape, data };
}

function subsample(x: Feature, stride: number): Feature {
  const [height, width, channels] = x.shape as [number, number, number];
  const data: number[] = [];
  for (let row = 0; row < height; row += stride)
    for (let column = 0; column < width; column += stride)
      for (let c = 0; c < channels; c++) data.push(x.data[(row * width + column) * channels + c]!);
  return { shape: [Math.ceil(height / stride), Math.ceil(width / stride), channels], data: Float64Array.from(data) };
}

function rectified(x: Feature): Feature {
  return { shape: x.shape, data: x.data.map((value) => Math.max(0, value)) };
}

/** PyTorch's adaptive average pooling of a square map. */
function averagePool(x: Feature, grid: number): Feature {
  const [side, , channels] = x.shape as [number, number, number];
  const data = new Float64Array(grid * grid * channels);
  const bins = adaptiveBins(side, grid);
  for (const [row, [top, bottom]] of bins.entries())
    for (const [column, [left, right]] of bins.entries())
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let y = top; y < bottom; y++)
          for (let z = left; z < right; z++) sum += x.data[(y * side + z) * channels + c]!;
        data[(row * grid + column) * channels + c] = sum / ((bottom - top) * (right - left));
      }
  return { shape: [grid, grid, channels], data };
}

/** Logits of `model` for one picture `[size, size, channels]`. */
export function plainForward(model: Model, shape: NetworkShape, weights: Weights, picture: Float64Array): number[] {
  const layers = {
    conv(x: Feature, name: string, options: ConvOptions): Feature {
      const { top: padding } = paddingSides(options.padding as Padding | undefined);
      const y = conv(x, at(weights, `${name}/kernel`), options.kernel as number, options.stride ?? 1, padding);
      if (options.bias === false) return y;
      const bias = at(weights, `${name}/bias`);
      return { shape: y.shape, data: y.data.map((value, i) => value + bias[i % bias.length]!) };
    },
    batchNorm(x: Feature, name: string): Feature {
      const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((kind) =>
        at(weights, `${name}/${kind}`),
      );
      return {
        shape: x.shape,
        data: x.data.map((value, i) => {
          const c = i % gamma!.length;
          return ((value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5)) * gamma![c]! + beta![c]!;
        }),
      };
    },
    relu: rectified,
    activation(x: Feature, kind: Activation): Feature {
      if (kind !== 'relu') throw new Error(`no ${kind} here`);
      return rectified(x);
    },
    maxPool,
    subsample,
    add: (a: Feature, b: Feature): Feature => ({ shape: a.shape, data: a.data.map((value, i) => value + b.data[i]!) }),
    globalAvgPool(x: Feature): Feature {
      const channels = x.shape[2]!;
      const data = new Float64Array(channels);
      x.data.forEach((value, i) => {
        data[i % channels]! += (value * channels) / x.data.length;
      });
      return { shape: [channels], data };
    },
    // The grid equals the map's own size in these tests, so that pooling to it changes nothing.
    adaptiveMaxPool(x: Feature, grid: number): Feature {
      if (x.shape[0] !== grid) throw new Error('another grid');
      return x;
    },
    adaptiveAvgPool: averagePool,
    flatten: (x: Feature): Feature => ({ shape: [x.data.length], data: x.data }),
    dense(x: Feature, name: string, options: { units: number }): Feature {
      const kernel = at(weights, `${name}/kernel`);
      const data = Float64Array.from(at(weights, `${name}/bias`));
      for (let i = 0; i < x.data.length; i++)
        for (let u = 0; u < options.units; u++) data[u]! += x.data[i]! * kernel[i * options.units + u]!;
      return { shape: [options.units], data };
    },
  };
  const result = model.build(
    layers as unknown as Builder<Feature>,
    { shape: [shape.size, shape.size, shape.channels], data: picture },
    shape,
  );
  return Array.from(result.data);
}
