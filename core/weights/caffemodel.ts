/**
 * Caffe's .caffemodel, V1 (`layers`) and V2 (`layer`). Field numbers are those of Caffe's caffe.proto. Convolution
 * kernels come as `[out, in / groups, height, width]`, inner products as `[out, in]`. BatchNorm's running sums are
 * divided by their factor, and the Scale layer that follows becomes its gamma and beta.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from '../formats/byteSource.ts';
import { elementCount, toFloat32 } from '../formats/dtype.ts';
import { fieldText, readVarint, wireFields, type FieldBudget, type WireField } from '../formats/protobufWire.ts';
import { Cursor, type RandomAccess } from '../formats/randomAccess.ts';
import type { WeightTensor } from '../formats/weightFile.ts';

const NET = { name: 1, layersV1: 2, layer: 100 } as const;
const LAYER = {
  v2: { name: 1, type: 2, bottom: 3, top: 4, blobs: 7, batchNorm: 139 },
  v1: { name: 4, type: 5, bottom: 2, top: 3, blobs: 6, batchNorm: 139 },
} as const;
/** BatchNormParameter: `eps`, and what it is where left out. */
const EPSILON_FIELD = 3;
const DEFAULT_EPSILON = 1e-5;
const BLOB = { num: 1, width: 4, data: 5, shape: 7, doubleData: 8 } as const;
/** V1's enumeration of layer types, as far as they hold weights. */
const V1_TYPES: ReadonlyMap<number, string> = new Map([
  [4, 'Convolution'],
  [14, 'InnerProduct'],
  [39, 'Deconvolution'],
]);
const MAX_LAYERS = 20_000;
const MAX_RANK = 32;
const MAX_FIELDS = 2_000_000;

interface CaffeLayer {
  readonly name: string;
  readonly type: string;
  readonly bottom: readonly string[];
  readonly top: readonly string[];
  readonly blobs: readonly WeightTensor[];
  /** Of BatchNorm layers. */ readonly epsilon: number;
}

function readDimensions(source: RandomAccess, field: WireField, budget: FieldBudget): number[] {
  const shape: number[] = [];
  for (const dim of wireFields(source, field.offset, field.offset + field.length, budget)) {
    if (dim.number !== 1) continue;
    if (dim.wireType === 0) shape.push(dim.value);
    else {
      const cursor = new Cursor(source, dim.offset, dim.offset + dim.length);
      while (cursor.remaining > 0 && shape.length <= MAX_RANK) shape.push(readVarint(cursor));
    }
    if (shape.length > MAX_RANK) throw damaged(source.path, `a blob has more than ${MAX_RANK} dimensions.`);
  }
  return shape;
}

/** Numbers that are not packed come one a field. */
function joinUnpacked(
  source: RandomAccess,
  start: number,
  end: number,
  number: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const field of wireFields(source, start, end, { left: MAX_FIELDS }))
    if (field.number === number) parts.push(source.read(field.offset, field.length));
  const bytes = new Uint8Array(Buffer.concat(parts));
  if (bytes.length % size) throw damaged(source.path, 'a blob ends inside a number.');
  return bytes;
}

function readBlob(source: RandomAccess, start: number, end: number, label: string, budget: FieldBudget): WeightTensor {
  const legacy = new Map<number, number>();
  let shape: number[] | null = null;
  const data = { [BLOB.data]: { parts: 0, bytes: 0, offset: 0 }, [BLOB.doubleData]: { parts: 0, bytes: 0, offset: 0 } };
  for (const field of wireFields(source, start, end, budget)) {
    if (field.number >= BLOB.num && field.number <= BLOB.width && field.wireType === 0)
      legacy.set(field.number, field.value);
    else if (field.number === BLOB.shape) shape = readDimensions(source, field, budget);
    else if (field.number === BLOB.data || field.number === BLOB.doubleData) {
      const place = data[field.number];
      place.parts++;
      place.bytes += field.length;
      place.offset = field.offset;
    }
  }
  const isDouble = data[BLOB.doubleData].bytes > 0;
  const number = isDouble ? BLOB.doubleData : BLOB.data;
  const size = isDouble ? 8 : 4;
  const dtype = isDouble ? 'f64' : 'f32';
  const { parts, bytes, offset } = data[number];
  const dims = shape ?? [1, 2, 3, 4].map((axis) => legacy.get(axis) ?? 1);
  const needed = elementCount(dims, `${source.path}: ${label}`) * size;
  if (needed !== bytes)
    throw damaged(
      source.path,
      `${label} has the shape [${dims.join(', ')}] and needs ${needed} bytes, ${bytes} are there.`,
    );
  return {
    dtype,
    shape: dims,
    read: () =>
      toFloat32(parts === 1 ? source.read(offset, bytes) : joinUnpacked(source, start, end, number, size), dtype),
  };
}

function readEpsilon(source: RandomAccess, parameter: WireField, budget: FieldBudget): number {
  let epsilon = DEFAULT_EPSILON;
  for (const field of wireFields(source, parameter.offset, parameter.offset + parameter.length, budget)) {
    // A float of four bytes, rounded to the digits it was written with.
    if (field.number === EPSILON_FIELD && field.wireType === 5)
      epsilon = Number(
        new DataView(new Uint8Array(source.read(field.offset, 4)).buffer).getFloat32(0, true).toPrecision(6),
      );
  }
  return epsilon;
}

function readLayer(source: RandomAccess, net: WireField, isV1: boolean, budget: FieldBudget): CaffeLayer {
  const fields = isV1 ? LAYER.v1 : LAYER.v2;
  let name = '';
  let type = '';
  const bottom: string[] = [];
  const top: string[] = [];
  const places: WireField[] = [];
  let epsilon = DEFAULT_EPSILON;
  for (const field of wireFields(source, net.offset, net.offset + net.length, budget)) {
    if (field.number === fields.name) name = fieldText(source, field);
    else if (field.number === fields.type)
      type = isV1 ? (V1_TYPES.get(field.value) ?? `type ${field.value}`) : fieldText(source, field);
    else if (field.number === fields.bottom) bottom.push(fieldText(source, field));
    else if (field.number === fields.top) top.push(fieldText(source, field));
    else if (field.number === fields.blobs && field.wireType === 2) places.push(field);
    else if (field.number === fields.batchNorm && field.wireType === 2) epsilon = readEpsilon(source, field, budget);
    if (places.length + bottom.length + top.length > MAX_LAYERS)
      throw new StudioError('weights.limit', `${source.path}: a layer has too many parts.`, {
        remedy: 'Do not use this file.',
      });
  }
  return {
    name,
    type,
    bottom,
    top,
    epsilon,
    blobs: places.map((place, index) =>
      readBlob(source, place.offset, place.offset + place.length, `"${name}" blob ${index}`, budget),
    ),
  };
}

/** Dimensions of size one in front of a vector or a matrix, which the legacy form always has four of. */
function squeezed(tensor: WeightTensor, rank: number): WeightTensor {
  const { shape } = tensor;
  const extra = shape.length - rank;
  return extra > 0 && shape.slice(0, extra).every((size) => size === 1)
    ? { ...tensor, shape: shape.slice(extra) }
    : tensor;
}

function divided(tensor: WeightTensor, factor: WeightTensor | undefined): WeightTensor {
  if (!factor) return tensor;
  return {
    ...tensor,
    read() {
      const by = factor.read()[0] ?? 0;
      // Caffe uses zero where nothing was accumulated.
      const scale = by === 0 ? 0 : 1 / by;
      return tensor.read().map((value) => value * scale);
    },
  };
}

function nameTensors(layers: readonly CaffeLayer[], path: string, notes: string[]): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  const put = (name: string, tensor: WeightTensor | undefined): void => {
    if (!tensor) return;
    if (tensors.has(name)) throw damaged(path, `two layers are called "${name.slice(0, 80)}".`);
    tensors.set(name, tensor);
  };
  const normByTop = new Map<string, string>();
  let merged = 0;
  for (const { name, type, bottom, top, blobs } of layers) {
    if (type === 'BatchNorm') {
      put(`${name}/mean`, blobs[0] && divided(squeezed(blobs[0], 1), blobs[2]));
      put(`${name}/variance`, blobs[1] && divided(squeezed(blobs[1], 1), blobs[2]));
      for (const blob of top) normByTop.set(blob, name);
    } else if (type === 'Scale') {
      const norm = normByTop.get(bottom[0] ?? '');
      if (norm !== undefined) merged++;
      put(`${norm ?? name}/gamma`, blobs[0] && squeezed(blobs[0], 1));
      put(`${norm ?? name}/beta`, blobs[1] && squeezed(blobs[1], 1));
    } else if (type === 'Convolution' || type === 'InnerProduct' || type === 'Deconvolution') {
      put(`${name}/kernel`, blobs[0] && (type === 'InnerProduct' ? squeezed(blobs[0], 2) : blobs[0]));
      put(`${name}/bias`, blobs[1] && squeezed(blobs[1], 1));
    } else {
      blobs.forEach((blob, index) => put(`${name}/${index}`, blob));
    }
  }
  if (merged > 0)
    notes.push(`${merged} pairs of BatchNorm and Scale layers were merged; running sums were divided by their factor.`);
  return tensors;
}

/**
 * The tensors by layer and blob.
 * @throws {StudioError} `weights.damaged`: not a protobuf message, lengths, shapes; `weights.limit`;
 *   `weights.mismatch`: no weights
 */
export function readCaffemodel(
  source: RandomAccess,
  notes: string[],
  metadata: Map<string, string>,
  epsilons: Map<string, number>,
): Map<string, WeightTensor> {
  const layers: CaffeLayer[] = [];
  const budget: FieldBudget = { left: MAX_FIELDS };
  for (const field of wireFields(source, 0, source.sizeBytes, budget)) {
    if (field.number === NET.name && field.wireType === 2) metadata.set('name', fieldText(source, field));
    if ((field.number === NET.layer || field.number === NET.layersV1) && field.wireType === 2) {
      if (layers.length >= MAX_LAYERS)
        throw new StudioError('weights.limit', `${source.path} has more than ${MAX_LAYERS} layers.`, {
          remedy: 'Do not use this file.',
        });
      layers.push(readLayer(source, field, field.number === NET.layersV1, budget));
    }
  }
  const tensors = nameTensors(layers, source.path, notes);
  for (const { name, type, epsilon } of layers) if (type === 'BatchNorm') epsilons.set(name, epsilon);
  if (tensors.size === 0)
    throw new StudioError('weights.mismatch', `${source.path} holds no layers with weights.`, {
      remedy: 'Choose the .caffemodel, not the .prototxt or a solver state.',
    });
  return tensors;
}
