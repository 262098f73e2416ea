/**
 * Computes the nodes that only depend on weights, such as a kernel divided by its spectral norm or one in the depthwise
 * layout.
 */
import type { GraphNode, GraphTensor, Shape } from '../graph.ts';
import { elements } from '../graph.ts';

export interface Folded {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

/** The node's value where it is known without a run; null where it is not. */
export function fold(
  node: GraphNode,
  known: (tensor: GraphTensor) => Folded | undefined,
  weights: ReadonlyMap<string, Float32Array>,
): Folded | null {
  const [result] = node.outputs;
  if (!result) return null;
  if (node.op === 'Const') return constant(node, result);
  if (node.op === 'ReadVariableOp') return variable(node, result, weights);
  const inputs = node.inputs.map(known);
  const [a, b] = inputs;
  if (!a || inputs.includes(undefined)) return null;
  switch (node.op) {
    case 'StopGradient':
      return a;
    case 'Reshape':
      return { ...a, shape: result.shape.includes(-1) ? inferred(result.shape, elements(a.shape)) : result.shape };
    case 'RealDiv':
      return a.data instanceof Float32Array && b?.data instanceof Float32Array && b.data.length === 1
        ? { ...a, data: a.data.map((value) => value / (b.data as Float32Array)[0]!) }
        : null;
    case 'MatMul':
      return product(node, a, b, result);
    default:
      return null;
  }
}

function constant(node: GraphNode, { shape }: GraphTensor): Folded | null {
  const attr = node.attrs['value'];
  if (!attr || !('tensor' in attr)) return null;
  const { dtype, data } = attr.tensor;
  return {
    name: node.name,
    shape,
    data:
      dtype === 'float32'
        ? Float32Array.from(data)
        : dtype === 'int32'
          ? Int32Array.from(data)
          : BigInt64Array.from(data, BigInt),
  };
}

function variable(node: GraphNode, { shape }: GraphTensor, weights: ReadonlyMap<string, Float32Array>): Folded {
  const shared = node.inputs[0]?.node.attrs['shared_name'];
  const name = shared && 'string' in shared ? shared.string : '';
  const data = weights.get(name);
  if (data?.length !== elements(shape))
    throw new Error(
      `weight ${name} should be [${shape.join(', ')}] and ${data ? `has ${data.length} values` : 'is missing'}`,
    );
  return { name, shape, data };
}

function inferred(shape: Shape, count: number): number[] {
  const rest = shape.reduce((n, d) => (d < 0 ? n : n * d), 1);
  return shape.map((d) => (d < 0 ? count / rest : d));
}

function product(node: GraphNode, a: Folded, b: Folded | undefined, { shape }: GraphTensor): Folded | null {
  if (!(a.data instanceof Float32Array) || !(b?.data instanceof Float32Array)) return null;
  const flag = (name: string): boolean => {
    const attr = node.attrs[name];
    return attr !== undefined && 'bool' in attr && attr.bool;
  };
  const [rows = 0, columns = 0] = shape;
  const [aRows = 0, aColumns = 0] = a.shape;
  const bColumns = b.shape[1]!;
  const transposeA = flag('transpose_a');
  const transposeB = flag('transpose_b');
  const inner = transposeA ? aRows : aColumns;
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++)
        sum +=
          a.data[transposeA ? k * aColumns + i : i * aColumns + k]! *
          b.data[transposeB ? j * bColumns + k : k * bColumns + j]!;
      data[i * columns + j] = sum;
    }
  }
  return { name: node.name, shape, data };
}
