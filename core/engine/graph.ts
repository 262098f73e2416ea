/**
 * The graph that every program is made of: nodes are TensorFlow ops under their own names, so that each executor can
 * run them as they are.
 */

export type Dtype = 'float32' | 'float64' | 'bfloat16' | 'int32' | 'int64' | 'uint8' | 'bool' | 'resource';

/** Sizes of each axis; −1 where only a run decides (the batch). */
export type Shape = readonly number[];

export type Attr =
  | { readonly type: Dtype }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly shape: Shape }
  | { readonly tensor: ConstantValue };

export interface ConstantValue {
  readonly dtype: 'float32' | 'int32' | 'int64';
  readonly shape: Shape;
  readonly data: readonly number[];
}

export interface GraphTensor {
  readonly node: GraphNode;
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly GraphTensor[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly outputs: readonly GraphTensor[];
  /** Nodes that must have run before this one, though no value flows. */
  readonly controls: GraphNode[];
}

/** A value that outlives a run: weights, statistics, optimizer slots. */
export interface Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly handle: GraphTensor;
  readonly value: GraphTensor;
}

export interface GraphOptions {
  /** Whether gradients of grouped convolutions in bfloat16 are computed in float32; see groupedGradients.ts. */
  readonly groupedGradientsInFloat32?: boolean;
  /** Whether gradients of convolutions are put as oneDNN computes them fastest; see convolutionGradients.ts. */
  readonly gradientsForOneDnn?: boolean;
}

export class Graph {
  readonly options: GraphOptions;
  readonly nodes: GraphNode[] = [];
  readonly variables = new Map<string, Variable>();
  readonly #consumers = new Map<GraphTensor, GraphNode[]>();
  readonly #constants = new Map<string, GraphTensor>();

  constructor(options: GraphOptions = {}) {
    this.options = options;
  }

  add(
    op: string,
    inputs: readonly GraphTensor[],
    attrs: Record<string, Attr>,
    outputs: readonly { shape: Shape; dtype: Dtype }[],
    options: { name?: string; controls?: readonly GraphNode[] } = {},
  ): GraphNode {
    const made: GraphTensor[] = [];
    const node: GraphNode = {
      name: options.name ?? `${op}_${this.nodes.length}`,
      op,
      inputs,
      attrs,
      outputs: made,
      controls: [...(options.controls ?? [])],
    };
    outputs.forEach((o, index) => made.push({ node, index, ...o }));
    for (const input of inputs) {
      const list = this.#consumers.get(input);
      if (list) list.push(node);
      else this.#consumers.set(input, [node]);
    }
    this.nodes.push(node);
    return node;
  }

  /** The single output of a new node. */
  one(
    op: string,
    inputs: readonly GraphTensor[],
    attrs: Record<string, Attr>,
    shape: Shape,
    dtype: Dtype,
    options: { name?: string; controls?: readonly GraphNode[] } = {},
  ): GraphTensor {
    return output(this.add(op, inputs, attrs, [{ shape, dtype }], options), 0);
  }

  consumersOf(tensor: GraphTensor): readonly GraphNode[] {
    return this.#consumers.get(tensor) ?? [];
  }

  placeholder(name: string, dtype: Dtype, shape: Shape): GraphTensor {
    return this.one('Placeholder', [], { dtype: { type: dtype }, shape: { shape } }, shape, dtype, { name });
  }

  /** Equal constants are one node. */
  constant(dtype: ConstantValue['dtype'], shape: Shape, data: readonly number[]): GraphTensor {
    const key = `${dtype}[${shape.join()}]${data.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const made = this.one(
      'Const',
      [],
      { dtype: { type: dtype }, value: { tensor: { dtype, shape, data } } },
      shape,
      dtype,
    );
    this.#constants.set(key, made);
    return made;
  }

  float(value: number): GraphTensor {
    return this.constant('float32', [], [value]);
  }
  int(value: number): GraphTensor {
    return this.constant('int32', [], [value]);
  }
  ints(values: readonly number[]): GraphTensor {
    return this.constant('int32', [values.length], values);
  }

  /** A float32 variable; every use within a run reads `value` once. */
  variable(name: string, shape: Shape): Variable {
    if (this.variables.has(name)) throw new Error(`variable ${name} exists`);
    const handle = this.one(
      'VarHandleOp',
      [],
      { dtype: { type: 'float32' }, shape: { shape }, shared_name: { string: name }, container: { string: '' } },
      [],
      'resource',
      { name: `variable/${this.variables.size}` },
    );
    const value = this.one('ReadVariableOp', [handle], { dtype: { type: 'float32' } }, shape, 'float32');
    const made = { name, shape, handle, value };
    this.variables.set(name, made);
    return made;
  }
}

export function output(node: GraphNode, index: number): GraphTensor {
  const tensor = node.outputs[index];
  if (!tensor) throw new Error(`${node.op} has no output ${index}`);
  return tensor;
}

/** Number of elements; every axis must be known. */
export function elements(shape: Shape): number {
  return shape.reduce((n, d) => {
    if (d < 0) throw new Error(`shape [${shape.join()}] is not known before a run`);
    return n * d;
  }, 1);
}
