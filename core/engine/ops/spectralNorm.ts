/**
 * Spectral normalisation of a kernel (Miyato et al. 2018, arXiv:1802.05957); the builder's `spectralNorm` says which
 * order of steps.
 */
import { elements, type Graph, type GraphNode, type GraphTensor, type Variable } from '../graph.ts';
import { binary, matMul, reduce, reshape, unary } from './arrays.ts';

export interface SpectralNorm {
  /** kernel / σ */
  readonly kernel: GraphTensor;
  /** σ, float32 scalar. */
  readonly sigma: GraphTensor;
  /** Nodes that keep the vectors. */
  readonly updates: readonly GraphNode[];
}

/** Where the layer `learns`, u and v take one step of power iteration first. Both are constants for the gradient. */
export function spectralNorm(
  g: Graph,
  kernel: Variable,
  left: Variable,
  right: Variable,
  learns: boolean,
): SpectralNorm {
  const out = kernel.shape.at(-1)!;
  const matrix = reshape(g, kernel.value, [elements(kernel.shape) / out, out]);
  const constant = (t: GraphTensor) => g.one('StopGradient', [t], { T: { type: 'float32' } }, t.shape, 'float32');
  let u = reshape(g, left.value, [out, 1]);
  let v = reshape(g, right.value, [matrix.shape[0]!, 1]);
  const updates: GraphNode[] = [];
  if (learns) {
    u = normalised(g, matMul(g, constant(matrix), v, true));
    v = normalised(g, matMul(g, constant(matrix), u));
    for (const [variable, made] of [
      [left, u],
      [right, v],
    ] as const) {
      const inputs = [variable.handle, reshape(g, made, variable.shape)];
      const controls = g.consumersOf(variable.value);
      updates.push(g.add('AssignVariableOp', inputs, { dtype: { type: 'float32' } }, [], { controls }));
    }
  }
  const sigma = matMul(g, constant(v), matMul(g, matrix, constant(u)), true);
  return {
    kernel: reshape(g, binary(g, 'RealDiv', matrix, sigma), kernel.shape),
    sigma: reshape(g, sigma, []),
    updates,
  };
}

function normalised(g: Graph, a: GraphTensor): GraphTensor {
  const length = unary(g, 'Sqrt', reduce(g, 'Sum', unary(g, 'Square', a), [0], true));
  return binary(g, 'RealDiv', a, binary(g, 'Maximum', length, g.float(1e-12)));
}
