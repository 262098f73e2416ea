/**
 * Runs a program op by op with a set of kernels: TensorFlow's own eagerly, or WebAssembly's. Slower than a session; the
 * same results.
 */
import type { HostData, HostTensor, Program, Session, Signature } from './engine.ts';
import { elements, type GraphNode, type GraphTensor, type Variable } from './graph.ts';

/** Ops over handles of type H, each owned by the interpreter and disposed by it. */
export interface Kernels<H> {
  upload(tensor: GraphTensor, value: HostTensor): H;
  download(handle: H): HostTensor;
  /** New handles, one an output of the node. */
  run(node: GraphNode, inputs: readonly H[]): H[];
  dispose(handle: H): void;
  /** Sets a variable without going through the graph; `name` is its shared name. */
  assign(variable: Variable, data: Float32Array): void;
  readVariable(variable: Variable): Float32Array;
  disposeVariables(): void;
}

interface Plan {
  readonly order: readonly GraphNode[];
  readonly uses: ReadonlyMap<GraphTensor, number>;
}

export class InterpretedSession<H> implements Session {
  readonly #program: Program;
  readonly #kernels: Kernels<H>;
  readonly #plans = new Map<string, Plan>();

  constructor(program: Program, kernels: Kernels<H>) {
    this.#program = program;
    this.#kernels = kernels;
  }

  run(name: string, feeds: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    const signature = this.#program.signatures[name];
    const k = this.#kernels;
    if (!signature) throw new Error(`no signature ${name}`);
    let plan = this.#plans.get(name);
    if (!plan) this.#plans.set(name, (plan = planOf(signature)));
    const alive = new Map<GraphTensor, { handle: H; left: number }>();
    const keep = (tensor: GraphTensor, handle: H) => {
      const left = plan.uses.get(tensor) ?? 0;
      if (left > 0) alive.set(tensor, { handle, left });
      else k.dispose(handle);
    };
    const use = (tensor: GraphTensor): H => {
      const held = alive.get(tensor);
      if (!held) throw new Error(`${tensor.node.name} is not fed`);
      return held.handle;
    };
    const release = (tensor: GraphTensor) => {
      const held = alive.get(tensor);
      if (held && --held.left === 0) {
        k.dispose(held.handle);
        alive.delete(tensor);
      }
    };
    try {
      for (const [key, tensor] of Object.entries(signature.inputs)) {
        const value = feeds[key];
        if (!value) throw new Error(`${name} wants ${Object.keys(signature.inputs).join(', ')}`);
        if ((plan.uses.get(tensor) ?? 0) > 0) keep(tensor, k.upload(tensor, value));
      }
      for (const node of plan.order) {
        k.run(node, node.inputs.map(use)).forEach((handle, i) => {
          const tensor = node.outputs[i];
          if (tensor) keep(tensor, handle);
          else k.dispose(handle);
        });
        node.inputs.forEach(release);
      }
      return Object.fromEntries(
        Object.entries(signature.outputs).map(([key, tensor]) => [key, k.download(use(tensor))]),
      );
    } finally {
      for (const { handle } of alive.values()) k.dispose(handle);
    }
  }

  read(names: Iterable<string>): Map<string, Float32Array> {
    return new Map([...names].map((name) => [name, this.#kernels.readVariable(this.#variable(name))]));
  }

  write(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of values) {
      const variable = this.#variable(name);
      if (data.length !== elements(variable.shape))
        throw new Error(`${name} holds ${elements(variable.shape)} numbers, got ${data.length}`);
      this.#kernels.assign(variable, data);
    }
  }

  dispose(): void {
    this.#kernels.disposeVariables();
  }

  #variable(name: string): Variable {
    const variable = this.#program.graph.variables.get(name);
    if (!variable) throw new Error(`no variable ${name}`);
    return variable;
  }
}

/** What a signature needs, in an order that respects values and controls, and how often each value is used. */
function planOf(signature: Signature): Plan {
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const fed = new Set(Object.values(signature.inputs));
  const uses = new Map<GraphTensor, number>();
  const roots = [...Object.values(signature.outputs).map((t) => t.node), ...signature.updates];
  const stack = roots.map((node) => ({ node, ready: false })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, ready } = top;
    if (ready) {
      order.push(node);
      continue;
    }
    if (seen.has(node) || node.outputs.some((o) => fed.has(o))) continue;
    seen.add(node);
    stack.push({ node, ready: true });
    for (const before of [...node.inputs.map((i) => i.node), ...node.controls])
      if (!seen.has(before)) stack.push({ node: before, ready: false });
  }
  for (const node of order) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  for (const tensor of Object.values(signature.outputs)) uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  return { order, uses };
}

export function hostData(dtype: GraphTensor['dtype'], data: readonly number[]): HostData {
  return dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data);
}
