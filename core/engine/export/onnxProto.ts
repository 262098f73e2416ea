/** The parts of ONNX's format (onnx.proto, IR version 8) that a network needs. */
import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;
const LENGTH = 2;
const VARINT = 0;
const FIXED32 = 5;
const tag = (field: number, wire: number): number => (field << 3) | wire;

/** TensorProto.DataType */
export const ONNX_TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7 } as const;
export type OnnxType = keyof typeof ONNX_TYPE;

export type OnnxAttr = { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] };
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, OnnxAttr>>;
}
export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}
/** An axis −1 is the batch, called `batch`. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly doc: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** 17: the last opset in which reductions take their axes as attributes, so that runtimes since 2022 read it. */
export const OPSET = 17;
const IR_VERSION = 8;

/** The bytes of a ModelProto. */
export function onnxBytes(graph: OnnxGraph, producerVersion: string): Uint8Array {
  const w = protobuf.Writer.create();
  w.uint32(tag(1, VARINT)).int64(IR_VERSION);
  text(w, 2, 'Quorum');
  text(w, 3, producerVersion);
  text(w, 6, graph.doc);
  message(w, 7, (g) => {
    for (const node of graph.nodes)
      message(g, 1, (n) => {
        nodeProto(n, node);
      });
    text(g, 2, graph.name);
    for (const tensor of graph.initializers)
      message(g, 5, (t) => {
        tensorProto(t, tensor);
      });
    for (const value of graph.inputs)
      message(g, 11, (v) => {
        valueInfo(v, value);
      });
    for (const value of graph.outputs)
      message(g, 12, (v) => {
        valueInfo(v, value);
      });
  });
  message(w, 8, (opset) => {
    text(opset, 1, '');
    opset.uint32(tag(2, VARINT)).int64(OPSET);
  });
  for (const [key, value] of Object.entries(graph.metadata))
    message(w, 14, (pair) => {
      text(pair, 1, key);
      text(pair, 2, value);
    });
  return w.finish();
}

function message(w: Writer, field: number, fill: (inner: Writer) => void): void {
  w.uint32(tag(field, LENGTH)).fork();
  fill(w);
  w.ldelim();
}

function text(w: Writer, field: number, value: string): void {
  w.uint32(tag(field, LENGTH)).string(value);
}

function packed(w: Writer, field: number, values: readonly number[]): void {
  message(w, field, (inner) => {
    for (const value of values) inner.int64(value);
  });
}

function nodeProto(w: Writer, { op, inputs, outputs, attrs }: OnnxNode): void {
  for (const name of inputs) text(w, 1, name);
  for (const name of outputs) text(w, 2, name);
  text(w, 3, outputs[0] ?? op);
  text(w, 4, op);
  for (const [name, attr] of Object.entries(attrs)) {
    message(w, 5, (a) => {
      text(a, 1, name);
      if ('float' in attr) {
        a.uint32(tag(2, FIXED32)).float(attr.float);
        a.uint32(tag(20, VARINT)).int32(1);
      } else if ('int' in attr) {
        a.uint32(tag(3, VARINT)).int64(attr.int);
        a.uint32(tag(20, VARINT)).int32(2);
      } else {
        packed(a, 8, attr.ints);
        a.uint32(tag(20, VARINT)).int32(7);
      }
    });
  }
}

function tensorProto(w: Writer, { name, type, shape, data }: OnnxTensor): void {
  packed(w, 1, shape);
  w.uint32(tag(2, VARINT)).int32(ONNX_TYPE[type]);
  text(w, 8, name);
  w.uint32(tag(9, LENGTH)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo(w: Writer, { name, type, shape }: OnnxValue): void {
  text(w, 1, name);
  message(w, 2, (t) => {
    message(t, 1, (tensor) => {
      tensor.uint32(tag(1, VARINT)).int32(ONNX_TYPE[type]);
      message(tensor, 2, (s) => {
        for (const size of shape)
          message(s, 1, (dim) => {
            if (size < 0) text(dim, 2, 'batch');
            else dim.uint32(tag(1, VARINT)).int64(size);
          });
      });
    });
  });
}
