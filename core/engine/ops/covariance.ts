/**
 * Covariance pooling with a Newton–Schulz matrix square root (iSQRT-COV, Li et al. 2018, arXiv:1712.01034), from
 * differentiable ops.
 */
import type { CovariancePoolOptions } from '../../models/builder.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, gather, matMul, reduce, reshape, unary } from './arrays.ts';

/** What the five steps are computed in, whatever the precision around them. */
export type CovarianceType = 'float32' | 'float64';

/**
 * float32, whose error stays below 1e-5 of the largest entry (test/unit/engine/covariance.test.ts), where products are
 * float32. On a GPU TensorFlow rounds the factors of float32 products to TF32 (10 bits), with no way to tell it per
 * product, so there it is float64.
 */
export function covarianceTypeOn(device: 'cpu' | 'gpu' | 'wasm'): CovarianceType {
  return device === 'gpu' ? 'float64' : 'float32';
}

/**
 * `x` `[batch, h, w, C]` → `[batch, C (C + 1) / 2]` in the type of `x`; the steps are those of the builder's
 * `covariancePool`.
 */
export function covariancePool(
  g: Graph,
  input: GraphTensor,
  o: CovariancePoolOptions,
  type: CovarianceType,
): GraphTensor {
  const [, h = 0, w = 0, c = 0] = input.shape;
  const positions = h * w;
  const iterations = o.iterations ?? 5;
  const number = (value: number) => cast(g, g.float(value), type);
  const x = reshape(g, cast(g, input, type), [-1, positions, c]);
  const withoutMean = (t: GraphTensor) => binary(g, 'Sub', t, reduce(g, 'Mean', t, [1], true));
  // Twice: the first mean is rounded by as much as the values are far from zero.
  const centred = withoutMean(withoutMean(x));
  const scaled = binary(g, 'Mul', matMul(g, centred, centred, true, false), number(1 / positions));
  const eye = cast(
    g,
    g.constant(
      'float32',
      [1, c, c],
      Array.from({ length: c * c }, (_, i) => (i % (c + 1) === 0 ? 1 : 0)),
    ),
    type,
  );
  const sigma = o.ridge ? binary(g, 'AddV2', scaled, binary(g, 'Mul', eye, number(o.ridge))) : scaled;
  const trace = binary(g, 'Maximum', reduce(g, 'Sum', binary(g, 'Mul', sigma, eye), [1, 2], true), number(1e-30));
  let y = binary(g, 'RealDiv', sigma, trace);
  let z = eye;
  const three = binary(g, 'Mul', eye, number(3));
  const half = number(0.5);
  for (let i = 0; i < iterations; i++) {
    // In the first round Z is the identity: ZY is Y, and TZ is T.
    const zy = i === 0 ? y : matMul(g, z, y);
    const t = binary(g, 'Mul', binary(g, 'Sub', three, zy), half);
    y = matMul(g, y, t);
    if (i < iterations - 1) z = i === 0 ? t : matMul(g, t, z);
  }
  const root = binary(g, 'Mul', y, unary(g, 'Sqrt', trace));
  return cast(g, gather(g, reshape(g, root, [-1, c * c]), 1, triangle(c, o.order ?? 'rows')), input.dtype);
}

/** Row-major positions of the upper triangle with its diagonal. */
function triangle(c: number, order: 'rows' | 'columns'): number[] {
  const cells: number[] = [];
  for (let a = 0; a < c; a++)
    for (let b = order === 'rows' ? a : 0; order === 'rows' ? b < c : b <= a; b++)
      cells.push(order === 'rows' ? a * c + b : b * c + a);
  return cells;
}
