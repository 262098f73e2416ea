/**
 * A network as other programs take it: no variables, the weights as constants, and what only depends on them computed
 * once.
 */
import type { Attr, Dtype, GraphNode, GraphTensor, Shape } from '../graph.ts';
import { elements, output } from '../graph.ts';
import { fold, type Folded } from './fold.ts';

/** A constant with its values in memory. */
export interface Stored {
  readonly dtype: 'float32' | 'int32' | 'int64';
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

export interface FrozenTensor {
  readonly node: FrozenNode;
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

export interface FrozenNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly FrozenTensor[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly outputs: readonly FrozenTensor[];
  /** Of `Const` nodes only. */
  readonly stored: Stored | null;
}

export interface FrozenGraph {
  /** Each after what it needs. */
  readonly nodes: readonly FrozenNode[];
  readonly inputs: Readonly<Record<string, FrozenTensor>>;
  readonly outputs: Readonly<Record<string, FrozenTensor>>;
  /** Outputs of the network's layers by name, in order; the node is called `layers/<name>`. */
  readonly layers: ReadonlyMap<string, FrozenTensor>;
}

export interface FreezeOptions {
  readonly inputs: Readonly<Record<string, GraphTensor>>;
  readonly outputs: Readonly<Record<string, GraphTensor>>;
  readonly layers: ReadonlyMap<string, GraphTensor>;
  /** Values of the variables by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** @throws {Error} where a variable has no value: the caller checks weights first */
export function freeze({ inputs, outputs, layers, weights }: FreezeOptions): FrozenGraph {
  const order = reachable([...Object.values(outputs), ...layers.values()]);
  const names = nodeNames(order, inputs, outputs, layers);
  const constants = new Map<GraphTensor, Folded>();
  const made = new Map<GraphTensor, FrozenTensor>();
  const nodes: FrozenNode[] = [];
  const add = (
    name: string,
    op: string,
    from: readonly FrozenTensor[],
    attrs: FrozenNode['attrs'],
    results: readonly { shape: Shape; dtype: Dtype }[],
    stored: Stored | null = null,
  ): FrozenNode => {
    const tensors: FrozenTensor[] = [];
    const node: FrozenNode = { name, op, inputs: from, attrs, outputs: tensors, stored };
    results.forEach(({ shape, dtype }, index) => tensors.push({ node, index, shape, dtype }));
    nodes.push(node);
    return node;
  };
  const frozen = (tensor: GraphTensor): FrozenTensor => {
    const known = made.get(tensor);
    if (known) return known;
    const folded = constants.get(tensor);
    if (!folded) throw new Error(`${tensor.node.name} comes before what it needs`);
    const dtype =
      folded.data instanceof Float32Array ? 'float32' : folded.data instanceof Int32Array ? 'int32' : 'int64';
    const constant = add(
      names.get(tensor.node) ?? folded.name,
      'Const',
      [],
      { dtype: { type: dtype } },
      [{ shape: folded.shape, dtype }],
      { dtype, shape: folded.shape, data: folded.data },
    ).outputs[0]!;
    made.set(tensor, constant);
    return constant;
  };
  for (const node of order) {
    const value = fold(node, (t) => constants.get(t), weights);
    if (value) {
      constants.set(output(node, 0), value);
      continue;
    }
    if (node.op === 'VarHandleOp') continue;
    const copy = add(names.get(node) ?? node.name, node.op, node.inputs.map(frozen), node.attrs, node.outputs);
    node.outputs.forEach((tensor, i) => made.set(tensor, copy.outputs[i]!));
  }
  const named = (record: Readonly<Record<string, GraphTensor>>, under: string): Record<string, FrozenTensor> =>
    Object.fromEntries(
      Object.entries(record).map(([name, tensor]) => [name, called(frozen(tensor), `${under}${name}`, add)]),
    );
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, frozen(tensor)])),
    layers: new Map(Object.entries(named(Object.fromEntries(layers), 'layers/'))),
    outputs: named(outputs, ''),
    nodes,
  };
}

type Add = (
  name: string,
  op: string,
  from: readonly FrozenTensor[],
  attrs: FrozenNode['attrs'],
  results: readonly { shape: Shape; dtype: Dtype }[],
) => FrozenNode;

/** The tensor itself where its node has the name already; else a node of that name which hands it on. */
function called(tensor: FrozenTensor, name: string, add: Add): FrozenTensor {
  if (tensor.node.name === name && tensor.index === 0) return tensor;
  return add(name, 'Identity', [tensor], { T: { type: tensor.dtype } }, [tensor]).outputs[0]!;
}

/** A node that gives a named tensor takes that name: the first layer's where several share it. */
function nodeNames(
  order: readonly GraphNode[],
  inputs: FreezeOptions['inputs'],
  outputs: FreezeOptions['outputs'],
  layers: FreezeOptions['layers'],
): Map<GraphNode, string> {
  const names = new Map<GraphNode, string>();
  const known = new Set(order);
  const take = (tensor: GraphTensor, name: string): void => {
    if (tensor.index === 0 && known.has(tensor.node) && !names.has(tensor.node)) names.set(tensor.node, name);
  };
  for (const [name, tensor] of Object.entries(inputs)) take(tensor, name);
  for (const [name, tensor] of layers) take(tensor, `layers/${name}`);
  for (const [name, tensor] of Object.entries(outputs)) take(tensor, name);
  return names;
}

function reachable(roots: readonly GraphTensor[]): GraphNode[] {
  const seen = new Set<GraphNode>();
  const order: GraphNode[] = [];
  const stack = roots.map(({ node }) => ({ node, ready: false })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, ready } = top;
    if (ready) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push({ node, ready: true });
    for (const { node: before } of [...node.inputs].reverse())
      if (!seen.has(before)) stack.push({ node: before, ready: false });
  }
  return order;
}

export function bytesOf({ data }: Stored): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Bytes of all constants. */
export function storedBytes(graph: FrozenGraph): number {
  return graph.nodes.reduce(
    (sum, { stored }) => sum + (stored ? elements(stored.shape) * (stored.dtype === 'int64' ? 8 : 4) : 0),
    0,
  );
}

/** Values of a constant input. */
export function constantValues(tensor: FrozenTensor): number[] {
  if (!tensor.node.stored) throw new Error(`${tensor.node.name} is no constant`);
  return Array.from(tensor.node.stored.data, Number);
}
