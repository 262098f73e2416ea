/** The N-API binding of @tensorflow/tfjs-node-gpu, typed, and TensorFlow's numbers for types and attributes. */
import { constants } from 'node:os';
import type { Dtype } from '../graph.ts';

export interface OutputInfo {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}
export interface BindingAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export interface Binding {
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(op: string, attrs: readonly BindingAttr[], inputs: readonly number[], outputs: number): OutputInfo[];
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): OutputInfo[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}

/** TensorFlow's DataType numbers (types.proto). */
export const DTYPE: Readonly<Record<Dtype, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
};

export function dtypeOf(code: number): Dtype {
  const found = Object.entries(DTYPE).find(([, c]) => c === code);
  if (!found) throw new Error(`unknown TensorFlow type ${code}`);
  return found[0] as Dtype;
}

let loaded: { path: string; binding: Binding } | undefined;

/**
 * Loads the binding once a process; the environment (threads, device) must be set before. Functions are bound as they
 * are called: to bind all of TensorFlow's at once takes longer than a small run. The installation has tried them all.
 */
export function loadBinding(path: string): Binding {
  if (loaded) {
    if (loaded.path !== path) throw new Error(`another binding is loaded already: ${loaded.path}`);
    return loaded.binding;
  }
  const module = { exports: {} };
  process.dlopen(module, path, constants.dlopen.RTLD_LAZY);
  loaded = { path, binding: module.exports as Binding };
  return loaded.binding;
}
