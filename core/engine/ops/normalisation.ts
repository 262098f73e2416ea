/** Normalisations of one picture from differentiable ops, in float32 whatever the precision around them. */
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, reduce, unary } from './arrays.ts';
import { biasAdd } from './neural.ts';

interface ScaleAndShift {
  readonly gamma: GraphTensor;
  readonly beta: GraphTensor;
}

/** (x − mean) / √(variance + epsilon) · gamma + beta, over the last axis. */
export function layerNorm(g: Graph, input: GraphTensor, { gamma, beta }: ScaleAndShift, epsilon: number): GraphTensor {
  const x = cast(g, input, 'float32');
  const last = [x.shape.length - 1];
  const centred = binary(g, 'Sub', x, reduce(g, 'Mean', x, last, true));
  const variance = reduce(g, 'Mean', unary(g, 'Square', centred), last, true);
  const normal = binary(g, 'Mul', centred, unary(g, 'Rsqrt', binary(g, 'AddV2', variance, g.float(epsilon))));
  return cast(g, biasAdd(g, binary(g, 'Mul', normal, gamma), beta), input.dtype);
}

/**
 * See the builder's `responseNorm`. The root is bounded where a channel is all 0: it has no gradient there, not an
 * infinite one.
 */
export function responseNorm(g: Graph, input: GraphTensor, { gamma, beta }: ScaleAndShift): GraphTensor {
  const x = cast(g, input, 'float32');
  const squares = reduce(g, 'Sum', unary(g, 'Square', x), [1, 2], true);
  const norms = unary(g, 'Sqrt', binary(g, 'Maximum', squares, g.float(1e-30)));
  const share = binary(g, 'RealDiv', norms, binary(g, 'AddV2', reduce(g, 'Mean', norms, [3], true), g.float(1e-6)));
  const scaled = binary(g, 'Mul', binary(g, 'Mul', x, share), gamma);
  return cast(g, binary(g, 'AddV2', x, biasAdd(g, scaled, beta)), input.dtype);
}
