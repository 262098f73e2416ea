/** Sizes and bins of sliding windows, shared by every interpreter of a network. */
import type { ConvOptions, Padding, PoolOptions } from './builder.ts';

export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The four paddings in pixels behind either spelling. */
export function paddingSides(padding: Padding | undefined): Sides {
  if (padding === undefined) return { top: 0, bottom: 0, left: 0, right: 0 };
  if (typeof padding === 'number') return { top: padding, bottom: padding, left: padding, right: padding };
  const [[top, bottom], [left, right]] = padding;
  return { top, bottom, left, right };
}

/** Kernel height and width behind either spelling. */
export function kernelSides(kernel: ConvOptions['kernel']): readonly [number, number] {
  return typeof kernel === 'number' ? [kernel, kernel] : kernel;
}

/** Zeros before and after one axis under TensorFlow's `SAME`. */
export function samePadding(size: number, kernel: number, stride: number, dilation: number): readonly [number, number] {
  const reach = dilation * (kernel - 1) + 1;
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

/** The four paddings of a convolution on a map of this size. */
export function convPadding(height: number, width: number, options: Omit<ConvOptions, 'filters'>): Sides {
  const { padding, stride = 1, dilation = 1 } = options;
  if (padding !== 'same') return paddingSides(padding);
  const [kernelHeight, kernelWidth] = kernelSides(options.kernel);
  const [top, bottom] = samePadding(height, kernelHeight, stride, dilation);
  const [left, right] = samePadding(width, kernelWidth, stride, dilation);
  return { top, bottom, left, right };
}

/** Height and width of a convolution's output (rounded down, as everywhere); below 1 when the window does not fit. */
export function convOutput(height: number, width: number, options: ConvOptions): readonly [number, number] {
  const [kernelHeight, kernelWidth] = kernelSides(options.kernel);
  const { top, bottom, left, right } = convPadding(height, width, options);
  const { stride = 1, dilation = 1 } = options;
  return [
    windows(height + top + bottom, dilation * (kernelHeight - 1) + 1, stride),
    windows(width + left + right, dilation * (kernelWidth - 1) + 1, stride),
  ];
}

/**
 * Height and width of a pooling's output; with `ceil` the last window may hang over, but must start inside the input or
 * its leading padding.
 */
export function poolOutput(height: number, width: number, options: PoolOptions): readonly [number, number] {
  const { top, bottom, left, right } = paddingSides(options.padding);
  const one = (size: number, before: number, after: number): number => {
    if (!options.ceil) return windows(size + before + after, options.kernel, options.stride);
    const count = Math.ceil((size + before + after - options.kernel) / options.stride) + 1;
    return (count - 1) * options.stride >= size + before ? count - 1 : count;
  };
  return [one(height, top, bottom), one(width, left, right)];
}

function windows(padded: number, kernel: number, stride: number): number {
  return Math.floor((padded - kernel) / stride) + 1;
}

/**
 * PyTorch's adaptive bins along one axis: cell i covers floor(i·n/grid) (inclusive) to ceil((i+1)·n/grid) (exclusive),
 * so cells repeat where grid > n.
 */
export function adaptiveBins(size: number, grid: number): readonly (readonly [number, number])[] {
  return Array.from(
    { length: grid },
    (_, i) => [Math.floor((i * size) / grid), Math.ceil(((i + 1) * size) / grid)] as const,
  );
}
