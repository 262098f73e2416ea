/** Covariance pooling with a Newton–Schulz matrix square root (iSQRT-COV, Li et al. 2018, arXiv:1712.01034), from differentiable ops in float32. */
import type { CovariancePoolOptions } from '../../models/builder.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, gatherColumns, matMul, reduce, reshape, unary } from './arrays.ts';

/** `x` `[batch, h, w, C]` → `[batch, C (C + 1) / 2]` in the type of `x`; the steps are those of the builder's `covariancePool`. */
export function covariancePool(g: Graph, input: GraphTensor, o: CovariancePoolOptions): GraphTensor {
  const [, h = 0, w = 0, c = 0] = input.shape, positions = h * w, iterations = o.iterations ?? 5;
  const x = reshape(g, cast(g, input, 'float32'), [-1, positions, c]);
  const centred = binary(g, 'Sub', x, reduce(g, 'Mean', x, [1], true));
  const scaled = binary(g, 'Mul', matMul(g, centred, centred, true, false), g.float(1 / positions));
  const eye = g.constant('float32', [1, c, c], Array.from({ length: c * c }, (_, i) => (i % (c + 1) === 0 ? 1 : 0)));
  const sigma = o.ridge ? binary(g, 'AddV2', scaled, binary(g, 'Mul', eye, g.float(o.ridge))) : scaled;
  const trace = binary(g, 'Maximum', reduce(g, 'Sum', binary(g, 'Mul', sigma, eye), [1, 2], true), g.float(1e-30));
  let y = binary(g, 'RealDiv', sigma, trace), z = eye;
  const three = binary(g, 'Mul', eye, g.float(3)), half = g.float(0.5);
  for (let i = 0; i < iterations; i++) {
    // In the first round Z is the identity: ZY is Y, and TZ is T.
    const zy = i === 0 ? y : matMul(g, z, y);
    const t = binary(g, 'Mul', binary(g, 'Sub', three, zy), half);
    y = matMul(g, y, t);
    if (i < iterations - 1) z = i === 0 ? t : matMul(g, t, z);
  }
  const root = binary(g, 'Mul', y, unary(g, 'Sqrt', trace));
  return cast(g, gatherColumns(g, reshape(g, root, [-1, c * c]), triangle(c, o.order ?? 'rows')), input.dtype);
}

/** Row-major positions of the upper triangle with its diagonal. */
function triangle(c: number, order: 'rows' | 'columns'): number[] {
  const cells: number[] = [];
  for (let a = 0; a < c; a++) for (let b = order === 'rows' ? a : 0; order === 'rows' ? b < c : b <= a; b++) cells.push(order === 'rows' ? a * c + b : b * c + a);
  return cells;
}
