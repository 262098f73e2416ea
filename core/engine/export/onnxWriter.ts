/** Collects a graph's nodes and constants under ONNX's names. */
import type { Dtype, Shape } from '../graph.ts';
import type { FrozenNode, FrozenTensor, Stored } from './frozen.ts';
import { ONNX_TYPE, type OnnxAttr, type OnnxNode, type OnnxTensor, type OnnxType } from './onnxProto.ts';

export class OnnxWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #names = new Map<FrozenTensor, string>();
  readonly #constants = new Map<string, string>();
  readonly #heldBack: ReadonlySet<FrozenNode>;

  /** Nodes of `heldBack` are written together with the bias that follows them. */
  constructor(heldBack: ReadonlySet<FrozenNode>) {
    this.#heldBack = heldBack;
  }

  isHeldBack(node: FrozenNode): boolean {
    return this.#heldBack.has(node);
  }

  setName(tensor: FrozenTensor, name: string): void {
    this.#names.set(tensor, name);
  }

  /** Name of the tensor there; constants are written when they are first asked for. */
  value(tensor: FrozenTensor): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    const { stored, name } = tensor.node;
    if (!stored) throw new Error(`${name} is used before it is made`);
    return this.#initializer(name, stored.shape, stored);
  }

  /** The second operand of an op over `rank` axes: constants are brought into the order of the channels there. */
  operand(tensor: FrozenTensor, rank: number): string {
    const { stored } = tensor.node;
    if (!stored || rank !== 4 || tensor.shape.length === 0) return this.value(tensor);
    const full = [...new Array<number>(4 - tensor.shape.length).fill(1), ...tensor.shape];
    return this.constant(tensor, full, [0, 3, 1, 2]);
  }

  /** A constant seen as `shape`, with its axes in another order. */
  constant(tensor: FrozenTensor, shape: Shape, order: readonly number[]): string {
    const { stored, name } = tensor.node;
    if (!stored || !(stored.data instanceof Float32Array)) throw new Error(`${name} is no constant`);
    const turned = order.map((axis) => shape[axis]!);
    const label = `${name}/${turned.join('x')}`;
    const known = this.#constants.get(label);
    return known ?? this.#initializer(label, turned, { ...stored, data: permuted(stored.data, shape, order) });
  }

  int64s(values: readonly number[]): string {
    const label = `ints/${values.map((value) => (value === Number.MAX_SAFE_INTEGER ? 'end' : value)).join('_')}`;
    const known = this.#constants.get(label);
    return (
      known ??
      this.#initializer(label, [values.length], {
        dtype: 'int64',
        shape: [values.length],
        data: BigInt64Array.from(values, BigInt),
      })
    );
  }

  float(value: number): string {
    const name = `float/${value}`;
    return (
      this.#constants.get(name) ??
      this.#initializer(name, [], { dtype: 'float32', shape: [], data: Float32Array.of(value) })
    );
  }

  /** Returns the name of the output, a new one where `out` is null. */
  node(
    op: string,
    inputs: readonly string[],
    out: string | null,
    attrs: Readonly<Record<string, OnnxAttr>> = {},
  ): string {
    const name = out ?? `${op}_${this.nodes.length}`;
    this.nodes.push({ op, inputs, outputs: [name], attrs });
    return name;
  }

  typeCode(dtype: Dtype): number {
    return ONNX_TYPE[typeThere(dtype)];
  }

  #initializer(name: string, shape: Shape, { dtype, data }: Stored): string {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    this.initializers.push({ name, type: typeThere(dtype), shape, data });
    this.#constants.set(name, name);
    return name;
  }
}

export function typeThere(dtype: Dtype): OnnxType {
  if (dtype in ONNX_TYPE) return dtype as OnnxType;
  throw new Error(`${dtype} is not exported`);
}

/** Values of a row-major array with its axes in another order. */
function permuted(data: Float32Array, shape: Shape, order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, d) => n * d, 1));
  const sides = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const [a = 1, b = 1, c = 1, d = 1] = sides;
  const [sa = 0, sb = 0, sc = 0, sd = 0] = steps;
  const out = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) out[at++] = data[i * sa + j * sb + k * sc + l * sd]!;
  return out;
}
