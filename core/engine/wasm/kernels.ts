/**
 * The graph's ops on tfjs's WebAssembly kernels: every TensorFlow op that our programs use, composed where tfjs has
 * none of its own.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../engine.ts';
import type { Attr, GraphNode, GraphTensor, Variable } from '../graph.ts';
import { hostData, type Kernels } from '../interpreter.ts';
import { COMPUTE } from './ops.ts';

/** A value, or the name of a variable (what TensorFlow calls a resource handle). */
type Handle = tf.Tensor | { readonly resource: string };

export class WasmKernels implements Kernels<Handle> {
  readonly #variables = new Map<string, tf.Tensor>();

  upload(tensor: GraphTensor, { shape, data }: HostTensor): Handle {
    return tf.tensor(
      data instanceof Uint8Array ? Int32Array.from(data) : data,
      [...shape],
      tensor.dtype === 'float32' ? 'float32' : 'int32',
    );
  }

  download(handle: Handle): HostTensor {
    const t = valueOf(handle);
    return { shape: t.shape, data: t.dataSync<'float32' | 'int32'>() };
  }

  run(node: GraphNode, inputs: readonly Handle[]): Handle[] {
    const [first] = inputs;
    switch (node.op) {
      case 'VarHandleOp':
        return [{ resource: stringOf(node.attrs['shared_name']) }];
      case 'ReadVariableOp':
        return [this.#value(first).clone()];
      case 'AssignVariableOp': {
        const value = valueOf(inputs[1]);
        this.#update(first, () => value.clone());
        return [];
      }
      case 'AssignAddVariableOp': {
        const by = valueOf(inputs[1]);
        this.#update(first, (v) => tf.add(v, by));
        return [];
      }
      case 'AssignSubVariableOp': {
        const by = valueOf(inputs[1]);
        this.#update(first, (v) => tf.sub(v, by));
        return [];
      }
      case 'ResourceApplyAdam':
        this.#adam(inputs);
        return [];
      case 'ResourceApplyMomentum':
        this.#momentum(inputs, boolOf(node.attrs['use_nesterov']));
        return [];
      case 'ResourceApplyGradientDescent': {
        const [, lr, grad] = inputs.map((h, i) => (i === 0 ? null : valueOf(h)));
        this.#update(first, (v) => tf.sub(v, tf.mul(lr!, grad!)));
        return [];
      }
      case 'Const': {
        const constant = node.attrs['value'];
        if (!constant || !('tensor' in constant)) throw new Error('constant without a value');
        const { shape, dtype, data } = constant.tensor;
        return [tf.tensor(hostData(dtype, data), [...shape], dtype === 'float32' ? 'float32' : 'int32')];
      }
    }
    const compute = COMPUTE[node.op];
    if (!compute) throw new Error(`${node.op} has no WebAssembly form`);
    return tf.tidy(() => compute(inputs.map(valueOf), node) as unknown as tf.Tensor) as unknown as tf.Tensor[];
  }

  dispose(handle: Handle): void {
    if (handle instanceof tf.Tensor) handle.dispose();
  }

  assign(variable: Variable, data: Float32Array): void {
    this.#variables.get(variable.name)?.dispose();
    this.#variables.set(variable.name, tf.tensor(data.slice(), [...variable.shape], 'float32'));
  }

  readVariable(variable: Variable): Float32Array {
    return this.#value({ resource: variable.name }).dataSync<'float32'>().slice();
  }

  disposeVariables(): void {
    for (const t of this.#variables.values()) t.dispose();
    this.#variables.clear();
  }

  #value(handle: Handle | undefined): tf.Tensor {
    const name = handle && 'resource' in handle ? handle.resource : '';
    const found = this.#variables.get(name);
    if (!found) throw new Error(`variable ${name} is not set`);
    return found;
  }

  #update(handle: Handle | undefined, change: (v: tf.Tensor) => tf.Tensor): void {
    const old = this.#value(handle);
    const made = tf.tidy(() => change(old));
    if (handle && 'resource' in handle) this.#variables.set(handle.resource, made);
    old.dispose();
  }

  /** Inputs as ResourceApplyAdam's: var, m, v, β₁ᵗ, β₂ᵗ, lr, β₁, β₂, ε, gradient. */
  #adam(inputs: readonly Handle[]): void {
    const [variable, m, v] = inputs;
    const [b1t, b2t, lr, b1, b2, eps, grad] = inputs.slice(3).map(valueOf);
    const one = (t: tf.Tensor | undefined) => t!.dataSync()[0]!;
    const g = grad!;
    this.#update(m, (old) => tf.add(tf.mul(old, one(b1)), tf.mul(g, 1 - one(b1))));
    this.#update(v, (old) => tf.add(tf.mul(old, one(b2)), tf.mul(tf.square(g), 1 - one(b2))));
    const rate = (one(lr) * Math.sqrt(1 - one(b2t))) / (1 - one(b1t));
    this.#update(variable, (w) =>
      tf.sub(w, tf.div(tf.mul(this.#value(m), rate), tf.add(tf.sqrt(this.#value(v)), one(eps)))),
    );
  }

  /** Inputs as ResourceApplyMomentum's: var, accumulator, lr, gradient, momentum. */
  #momentum(inputs: readonly Handle[], nesterov: boolean): void {
    const [variable, accumulator] = inputs;
    const [lr, grad, momentum] = inputs.slice(2).map(valueOf);
    this.#update(accumulator, (a) => tf.add(tf.mul(a, momentum!), grad!));
    this.#update(variable, (w) => {
      const a = this.#value(accumulator);
      const direction = nesterov ? tf.add(grad!, tf.mul(a, momentum!)) : a;
      return tf.sub(w, tf.mul(direction, lr!));
    });
  }
}

function valueOf(handle: Handle | undefined): tf.Tensor {
  if (!(handle instanceof tf.Tensor)) throw new Error('a value was expected');
  return handle;
}

function stringOf(attr: Attr | undefined): string {
  return attr && 'string' in attr ? attr.string : '';
}
function boolOf(attr: Attr | undefined): boolean {
  return attr !== undefined && 'bool' in attr && attr.bool;
}
