/** TensorFlow's kernels one by one through the binding: the reference that the session is compared with. */
import type { HostTensor } from '../engine.ts';
import type { Attr, GraphNode, GraphTensor, Variable } from '../graph.ts';
import { hostData, type Kernels } from '../interpreter.ts';
import { DTYPE, type Binding, type BindingAttr } from './binding.ts';

let sessions = 0;

export class EagerKernels implements Kernels<number> {
  readonly #b: Binding;
  /** Resource variables are found by name in a whole process: each session's names are its own. */
  readonly #prefix = `eager${sessions++}/`;
  readonly #resources = new Map<string, number>();

  constructor(binding: Binding) {
    this.#b = binding;
  }

  upload(tensor: GraphTensor, { shape, data }: HostTensor): number {
    return this.#b.createTensor(shape, DTYPE[tensor.dtype], data);
  }

  download(id: number): HostTensor {
    const { shape } = this.#info.get(id) ?? { shape: [] };
    return { shape, data: this.#b.tensorDataSync(id) };
  }

  run(node: GraphNode, inputs: readonly number[]): number[] {
    if (node.op === 'VarHandleOp') return [this.#resource(node)];
    const constant = node.attrs['value'];
    if (node.op === 'Const' && constant && 'tensor' in constant) {
      const { shape, dtype, data } = constant.tensor;
      return [this.#noted({ id: this.#b.createTensor(shape, DTYPE[dtype], hostData(dtype, data)), shape: [...shape] })];
    }
    return this.#b
      .executeOp(
        node.op,
        Object.entries(node.attrs).map(([name, attr]) => this.#attr(name, attr)),
        inputs,
        node.outputs.length,
      )
      .map((o) => this.#noted(o));
  }

  dispose(id: number): void {
    if ([...this.#resources.values()].includes(id)) return;
    this.#info.delete(id);
    this.#b.deleteTensor(id);
  }

  assign(variable: Variable, data: Float32Array): void {
    const b = this.#b;
    const lent = b.createTensor(variable.shape, DTYPE.float32, data);
    const type = (name: string): BindingAttr => ({ name, type: b.TF_ATTR_TYPE, value: DTYPE.float32 });
    // What the variable keeps must be TensorFlow's own memory, not JavaScript's.
    const [owned] = b.executeOp('DeepCopy', [type('T')], [lent], 1);
    b.deleteTensor(lent);
    if (!owned) throw new Error(`${variable.name} could not be copied`);
    b.executeOp('AssignVariableOp', [type('dtype')], [this.#resource(variable.handle.node), owned.id], 0);
    b.deleteTensor(owned.id);
  }

  readVariable(variable: Variable): Float32Array {
    const [out] = this.#b.executeOp(
      'ReadVariableOp',
      [{ name: 'dtype', type: this.#b.TF_ATTR_TYPE, value: DTYPE.float32 }],
      [this.#resource(variable.handle.node)],
      1,
    );
    if (!out) throw new Error(`no variable ${variable.name}`);
    try {
      return this.#b.tensorDataSync(out.id) as Float32Array;
    } finally {
      this.#b.deleteTensor(out.id);
    }
  }

  disposeVariables(): void {
    for (const id of this.#resources.values()) {
      this.#b.executeOp(
        'DestroyResourceOp',
        [{ name: 'ignore_lookup_error', type: this.#b.TF_ATTR_BOOL, value: true }],
        [id],
        0,
      );
      this.#b.deleteTensor(id);
    }
    this.#resources.clear();
  }

  readonly #info = new Map<number, { shape: number[] }>();

  #noted({ id, shape }: { id: number; shape: number[] }): number {
    this.#info.set(id, { shape });
    return id;
  }

  #resource(node: GraphNode): number {
    const known = this.#resources.get(node.name);
    if (known !== undefined) return known;
    const attrs = Object.entries(node.attrs).map(([name, attr]) =>
      this.#attr(name, name === 'shared_name' && 'string' in attr ? { string: this.#prefix + attr.string } : attr),
    );
    const [made] = this.#b.executeOp('VarHandleOp', attrs, [], 1);
    if (!made) throw new Error(`no resource for ${node.name}`);
    this.#resources.set(node.name, made.id);
    return made.id;
  }

  #attr(name: string, attr: Attr): BindingAttr {
    const b = this.#b;
    if ('type' in attr) return { name, type: b.TF_ATTR_TYPE, value: DTYPE[attr.type] };
    if ('int' in attr) return { name, type: b.TF_ATTR_INT, value: attr.int };
    if ('float' in attr) return { name, type: b.TF_ATTR_FLOAT, value: attr.float };
    if ('bool' in attr) return { name, type: b.TF_ATTR_BOOL, value: attr.bool };
    if ('string' in attr) return { name, type: b.TF_ATTR_STRING, value: attr.string };
    if ('ints' in attr) return { name, type: b.TF_ATTR_INT, value: attr.ints };
    if ('shape' in attr) return { name, type: b.TF_ATTR_SHAPE, value: attr.shape };
    throw new Error(`attribute ${name} has no eager form`);
  }
}
