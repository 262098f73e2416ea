/** Writes NumPy files: one float32 array, or a dict of layers as vgg16.npy keeps it. */
import { createHash } from 'node:crypto';
import { StudioError } from '../../contract/errors.ts';
import { openDurableFile } from '../files/durableFile.ts';
import { elementCount } from './dtype.ts';
import { pickleObjectArray, type PickleNode } from './pickle/pickleWriter.ts';

export interface NpyInput {
  /** `<layer>/<kind>`, as `conv1_1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

export interface NpyDictOptions {
  /** `list`: `{layer: [weights, biases, …]}` as vgg16.npy; `named`: `{layer: {kernel: …, bias: …}}`. */
  readonly style: 'list' | 'named';
}

const ALIGNMENT = 64;

function header(descr: string, shape: string): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const out = Buffer.alloc(10 + length, 0x20);
  out.write('\x93NUMPY\x01\x00', 'latin1');
  out.writeUInt16LE(length, 8);
  out.write(`${text}`, 10, 'latin1');
  out[out.length - 1] = 0x0a;
  return out;
}

/** Of the written file; the hash in hexadecimal digits. */
export interface NpyFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function writeParts(path: string, parts: AsyncIterable<Uint8Array>): Promise<NpyFile> {
  const hash = createHash('sha256');
  const file = await openDurableFile(path, { overwrite: true });
  try {
    for await (const part of parts) {
      hash.update(part);
      await file.write(part);
    }
    await file.commit();
    return { sizeBytes: file.sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await file.discard();
  }
}

function checked(tensor: NpyInput): PickleNode {
  const count = elementCount(tensor.shape, tensor.name);
  return {
    kind: 'array',
    shape: tensor.shape,
    async data() {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      if (data.length !== count)
        throw new StudioError(
          'input.invalid',
          `${tensor.name}: shape [${tensor.shape.join(', ')}] needs ${count} values, ${data.length} were given.`,
        );
      return data;
    },
  };
}

/**
 * One array, row-major float32.
 * @throws {StudioError} file.diskFull, file.noPermission
 */
export function writeNpy(path: string, shape: readonly number[], data: Float32Array): Promise<NpyFile> {
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    if (data.length !== elementCount(shape, path))
      throw new StudioError('input.invalid', `Shape [${shape.join(', ')}] does not fit ${data.length} values.`);
    yield header('<f4', `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return writeParts(path, parts());
}

/**
 * A dict of layers, each with its tensors in the order given (kernel before bias). Kernels stay `[h, w, in, out]` and
 * `[in, out]`, as in vgg16.npy. Tensors are asked for and written one at a time.
 * @throws {StudioError} file.diskFull, file.noPermission, input.invalid
 */
export async function writeNpyDict(
  path: string,
  tensors: Iterable<NpyInput>,
  options: NpyDictOptions,
): Promise<NpyFile> {
  const layers = new Map<string, [string, PickleNode][]>();
  for (const tensor of tensors) {
    const cut = tensor.name.lastIndexOf('/');
    if (cut < 1) throw new StudioError('input.invalid', `"${tensor.name}" is not named <layer>/<kind>.`);
    const layer = tensor.name.slice(0, cut);
    layers.set(layer, [...(layers.get(layer) ?? []), [tensor.name.slice(cut + 1), checked(tensor)]]);
  }
  const root: PickleNode = {
    kind: 'dict',
    entries: [...layers].map(
      ([layer, entries]) =>
        [
          layer,
          options.style === 'list'
            ? { kind: 'list', items: entries.map(([, item]) => item) }
            : { kind: 'dict', entries },
        ] as const,
    ),
  };
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    yield header('|O', '()');
    yield* pickleObjectArray(root);
  }
  return writeParts(path, parts());
}
