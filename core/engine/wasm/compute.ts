/** How an op is computed on WebAssembly, and the reading of its inputs and attributes. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Attr, GraphNode } from '../graph.ts';

export type Compute = (inputs: readonly tf.Tensor[], node: GraphNode) => tf.Tensor[];

export function input(inputs: readonly tf.Tensor[], i: number): tf.Tensor {
  const t = inputs[i];
  if (!t) throw new Error(`input ${i} is missing`);
  return t;
}
export function intsOf(attr: Attr | undefined): readonly number[] {
  return attr && 'ints' in attr ? attr.ints : [];
}
export function floatOf(attr: Attr | undefined): number {
  return attr && 'float' in attr ? attr.float : 0;
}
export function boolOf(attr: Attr | undefined): boolean {
  return attr !== undefined && 'bool' in attr && attr.bool;
}
