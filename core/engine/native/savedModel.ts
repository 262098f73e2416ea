/**
 * Writes a program as a TensorFlow SavedModel (saved_model.proto, graph.proto, attr_value.proto), which the binding can
 * load and run.
 */
import protobuf from 'protobufjs/minimal.js';
import type { Attr, ConstantValue, Dtype, Shape } from '../graph.ts';
import { DTYPE } from './binding.ts';

type Writer = protobuf.Writer;
const { Writer } = protobuf;

/** What a node must say of itself to be written; `stored` are the values of a constant that lies in memory. */
export interface SavedNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly SavedTensor[];
  readonly controls?: readonly { readonly name: string }[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly stored?: { readonly dtype: Dtype; readonly shape: Shape; readonly data: ArrayBufferView } | null;
}

export interface SavedTensor {
  readonly node: { readonly name: string };
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** Named feeds and fetches that TensorFlow's own tools find. */
export interface SavedSignature {
  readonly inputs: Readonly<Record<string, SavedTensor>>;
  readonly outputs: Readonly<Record<string, SavedTensor>>;
}

const LENGTH = 2;
const VARINT = 0;
const FIXED32 = 5;
const tag = (field: number, wire: number): number => (field << 3) | wire;

function message(w: Writer, field: number, fill: (inner: Writer) => void): void {
  w.uint32(tag(field, LENGTH)).fork();
  fill(w);
  w.ldelim();
}

function shapeProto(w: Writer, shape: Shape): void {
  for (const size of shape)
    message(w, 2, (dim) => {
      if (size !== 0) dim.uint32(tag(1, VARINT)).int64(size);
    });
}

function tensorProto(w: Writer, dtype: Dtype, shape: Shape, values: ArrayBufferView): void {
  w.uint32(tag(1, VARINT)).int32(DTYPE[dtype]);
  message(w, 2, (s) => {
    shapeProto(s, shape);
  });
  w.uint32(tag(4, LENGTH)).bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function valuesOf({ dtype, data }: ConstantValue): ArrayBufferView {
  return dtype === 'float32'
    ? Float32Array.from(data)
    : dtype === 'int32'
      ? Int32Array.from(data)
      : BigInt64Array.from(data, BigInt);
}

function attrProto(w: Writer, attr: Attr): void {
  if ('type' in attr) w.uint32(tag(6, VARINT)).int32(DTYPE[attr.type]);
  else if ('int' in attr) w.uint32(tag(3, VARINT)).int64(attr.int);
  else if ('float' in attr) w.uint32(tag(4, FIXED32)).float(attr.float);
  else if ('bool' in attr) w.uint32(tag(5, VARINT)).bool(attr.bool);
  else if ('string' in attr) w.uint32(tag(2, LENGTH)).string(attr.string);
  else if ('shape' in attr)
    message(w, 7, (s) => {
      shapeProto(s, attr.shape);
    });
  else if ('tensor' in attr)
    message(w, 8, (t) => {
      tensorProto(t, attr.tensor.dtype, attr.tensor.shape, valuesOf(attr.tensor));
    });
  else
    message(w, 1, (list) => {
      if (attr.ints.length > 0)
        message(list, 3, (packed) => {
          for (const i of attr.ints) packed.int64(i);
        });
    });
}

/** `name:index` as feeds and fetches are written; the first output needs no index as a node's input. */
export function reference(t: SavedTensor): string {
  return t.index === 0 ? t.node.name : `${t.node.name}:${t.index}`;
}

function entry(w: Writer, field: number, key: string, fill: (value: Writer) => void): void {
  message(w, field, (pair) => {
    pair.uint32(tag(1, LENGTH)).string(key);
    message(pair, 2, fill);
  });
}

function nodeProto(w: Writer, node: SavedNode, device: string): void {
  w.uint32(tag(1, LENGTH)).string(node.name);
  w.uint32(tag(2, LENGTH)).string(node.op);
  for (const input of node.inputs) w.uint32(tag(3, LENGTH)).string(reference(input));
  for (const control of new Set(node.controls ?? [])) w.uint32(tag(3, LENGTH)).string(`^${control.name}`);
  if (device) w.uint32(tag(4, LENGTH)).string(device);
  for (const [name, attr] of Object.entries(node.attrs))
    entry(w, 5, name, (value) => {
      attrProto(value, attr);
    });
  const { stored } = node;
  if (stored)
    entry(w, 5, 'value', (value) => {
      message(value, 8, (t) => {
        tensorProto(t, stored.dtype, stored.shape, stored.data);
      });
    });
}

function tensorInfo(w: Writer, t: SavedTensor): void {
  w.uint32(tag(1, LENGTH)).string(`${t.node.name}:${t.index}`);
  w.uint32(tag(2, VARINT)).int32(DTYPE[t.dtype]);
  message(w, 3, (s) => {
    shapeProto(s, t.shape);
  });
}

function signatureProto(w: Writer, { inputs, outputs }: SavedSignature): void {
  for (const [name, t] of Object.entries(inputs))
    entry(w, 1, name, (info) => {
      tensorInfo(info, t);
    });
  for (const [name, t] of Object.entries(outputs))
    entry(w, 2, name, (info) => {
      tensorInfo(info, t);
    });
  w.uint32(tag(3, LENGTH)).string('tensorflow/serving/predict');
}

/** The bytes of `saved_model.pb`, tag `serve`. `device` (e.g. `/device:GPU:0`) pins every node. */
export function savedModel(
  nodes: readonly SavedNode[],
  device = '',
  signatures: Readonly<Record<string, SavedSignature>> = {},
): Uint8Array {
  const w = Writer.create();
  w.uint32(tag(1, VARINT)).int64(1);
  message(w, 2, (meta) => {
    message(meta, 1, (info) => {
      info.uint32(tag(4, LENGTH)).string('serve');
    });
    message(meta, 2, (graph) => {
      for (const node of nodes)
        message(graph, 1, (n) => {
          nodeProto(n, node, device);
        });
      message(graph, 4, (versions) => {
        versions.uint32(tag(1, VARINT)).int32(1882);
      });
    });
    for (const [name, signature] of Object.entries(signatures))
      entry(meta, 5, name, (value) => {
        signatureProto(value, signature);
      });
  });
  return w.finish();
}
