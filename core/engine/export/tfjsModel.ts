/** A frozen network as a TensorFlow.js graph model: `model.json` and its weights in shards of 4 MiB. */
import type { Attr, Shape } from '../graph.ts';
import { reference } from '../native/savedModel.ts';
import { bytesOf, type FrozenGraph, type FrozenNode, type FrozenTensor } from './frozen.ts';
import { splitGroups } from './splitGroups.ts';

/** What browsers cache well; the converter's own default. */
const SHARD_BYTES = 4 * 2 ** 20;
const TYPES: Readonly<Record<string, string>> = {
  float32: 'DT_FLOAT',
  int32: 'DT_INT32',
  uint8: 'DT_UINT8',
  int64: 'DT_INT64',
  bool: 'DT_BOOL',
};

export interface TfjsModel {
  /** Of `model.json`. */
  readonly json: string;
  readonly shards: readonly { readonly name: string; readonly parts: readonly Uint8Array[] }[];
}

/** `metadata` is kept as the model's own. tfjs convolves no groups: grouped convolutions become one a group, joined. */
export function tfjsModel(graph: FrozenGraph, metadata: Readonly<Record<string, unknown>>): TfjsModel {
  const nodes = splitGroups(graph.nodes);
  const constants = nodes.flatMap(({ name, stored }) => (stored ? [{ name, stored }] : []));
  const shards = cut(constants.map(({ stored }) => bytesOf(stored)));
  const named = shards.map((parts, i) => ({ name: `group1-shard${i + 1}of${shards.length}.bin`, parts }));
  const side = (tensors: Readonly<Record<string, FrozenTensor>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, t]) => [
        name,
        { name: `${t.node.name}:${t.index}`, dtype: typeName(t.dtype), tensorShape: shapeJson(t.shape) },
      ]),
    );
  const json = JSON.stringify({
    format: 'graph-model',
    generatedBy: 'Quorum',
    convertedBy: 'Quorum',
    userDefinedMetadata: metadata,
    signature: { inputs: side(graph.inputs), outputs: side(graph.outputs) },
    modelTopology: { node: nodes.map(nodeJson), library: {}, versions: { producer: 1882 } },
    weightsManifest: [
      {
        paths: named.map(({ name }) => name),
        weights: constants.map(({ name, stored }) => ({ name, shape: stored.shape, dtype: stored.dtype })),
      },
    ],
  });
  return { json, shards: named };
}

function nodeJson({ name, op, inputs, attrs }: FrozenNode): unknown {
  return {
    name,
    op,
    input: inputs.map(reference),
    attr: Object.fromEntries(Object.entries(attrs).map(([key, attr]) => [key, attrJson(attr)])),
  };
}

function attrJson(attr: Attr): unknown {
  if ('type' in attr) return { type: typeName(attr.type) };
  if ('int' in attr) return { i: String(attr.int) };
  if ('float' in attr) return { f: attr.float };
  if ('bool' in attr) return { b: attr.bool };
  if ('string' in attr) return { s: Buffer.from(attr.string).toString('base64') };
  if ('shape' in attr) return { shape: shapeJson(attr.shape) };
  if ('ints' in attr) return { list: { i: attr.ints.map(String) } };
  throw new Error('constants have their values in the shards');
}

function typeName(dtype: string): string {
  const name = TYPES[dtype];
  if (!name) throw new Error(`tfjs has no ${dtype}`);
  return name;
}

function shapeJson(shape: Shape): unknown {
  return { dim: shape.map((size) => ({ size: String(size) })) };
}

/** The bytes one after another in pieces of `SHARD_BYTES`, nothing copied. */
function cut(buffers: readonly Uint8Array[]): Uint8Array[][] {
  const shards: Uint8Array[][] = [[]];
  let room = SHARD_BYTES;
  for (const bytes of buffers) {
    for (let at = 0; at < bytes.length;) {
      if (room === 0) {
        shards.push([]);
        room = SHARD_BYTES;
      }
      const taken = Math.min(room, bytes.length - at);
      shards.at(-1)!.push(bytes.subarray(at, at + taken));
      at += taken;
      room -= taken;
    }
  }
  return shards;
}
