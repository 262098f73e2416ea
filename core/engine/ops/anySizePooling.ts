/** Pooling of maps whose height and width only a run decides: nothing in it depends on them. */
import { StudioError } from '../../../contract/errors.ts';
import { paddingSides } from '../../models/geometry.ts';
import type { PoolOptions } from '../../models/builder.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, pad } from './arrays.ts';
import { pool } from './neural.ts';
import { padLowest } from './pooling.ts';

/**
 * As `pooled`, for maps of any size. Rounding up is rounding down with `stride − 1` more cells behind; windows that
 * start beyond the input cannot come about as long as the kernel reaches over that padding.
 * @throws {StudioError} input.invalid: for averages rounded up that count their padding, and for kernels that do not
 */
export function anySizePool(
  g: Graph,
  op: 'MaxPool' | 'AvgPool',
  x: GraphTensor,
  { kernel: side, stride, padding, ceil = false, countPadding = false }: PoolOptions,
): GraphTensor {
  const { top, bottom, left, right } = paddingSides(padding);
  const more = ceil ? stride - 1 : 0;
  if (ceil && ((op === 'AvgPool' && countPadding) || side <= Math.max(bottom, right) + stride - 1))
    throw new StudioError(
      'input.invalid',
      'This network rounds a pooling up in a way that dense evaluation does not know.',
      { remedy: 'Choose a protocol with crops.' },
    );
  const table = [
    [0, 0],
    [top, bottom + more],
    [left, right + more],
    [0, 0],
  ] as const;
  const kernel = [side, side] as const;
  const strides = [stride, stride] as const;
  if (table.flat().every((cells) => cells === 0)) return pool(g, op, x, kernel, strides);
  if (op === 'MaxPool') return pool(g, op, padLowest(g, x, table), kernel, strides);
  const mean = pool(g, op, pad(g, x, table), kernel, strides);
  if (countPadding) return mean;
  // The share of each window's cells that lie inside the map.
  const ones = g.one('OnesLike', [x], { T: { type: x.dtype } }, x.shape, x.dtype);
  return binary(g, 'RealDiv', mean, pool(g, op, pad(g, ones, table), kernel, strides));
}
