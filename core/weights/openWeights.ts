/** Opens any weight file by what it contains, whatever it is called. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import { ByteSource, damaged } from '../formats/byteSource.ts';
import { readCaffemodel } from './caffemodel.ts';
import { isKerasArchive, readKerasArchive, readKerasH5 } from './keras.ts';
import { readNpy } from '../formats/npy.ts';
import { isNpz, readNpz } from '../formats/npz.ts';
import { readTorchStream, readTorchZip, torchArchiveRoot } from './pytorch.ts';
import { withFoldedTensors } from './foldedTensors.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { openShardedSafetensors } from '../formats/shardedSafetensors.ts';
import { isTable } from '../formats/sstable.ts';
import { checkpointIndexOf, openTfCheckpoint } from './tfCheckpoint.ts';
import type { WeightFile, WeightFormat, WeightTensor } from '../formats/weightFile.ts';
import { tensorsUnder } from '../formats/tensorEntry.ts';
import { openZip } from '../formats/zip.ts';

export interface OpenWeightsOptions {
  /** Entry of a training checkpoint to take the weights from, as `state_dict_ema`. */
  readonly entry?: string;
}

const HEAD_BYTES = 4096;
/** File types that are told apart only to be refused by name. */
const OTHER_MAGIC: readonly (readonly [RegExp, string, string])[] = [
  [/^\x1f\x8b/, 'a gzip archive', 'Unpack it first.'],
  [/^7z\xbc\xaf\x27\x1c/, 'a 7-Zip archive', 'Unpack it first.'],
  [/^Rar!/, 'a RAR archive', 'Unpack it first.'],
  [/^BZh/, 'a bzip2 archive', 'Unpack it first.'],
  [/^\xfd7zXZ/, 'an xz archive', 'Unpack it first.'],
  [/^\x28\xb5\x2f\xfd/, 'a Zstandard archive', 'Unpack it first.'],
  [/^%PDF/, 'a PDF document', 'Choose the weight file.'],
  [/^(\x89PNG|\xff\xd8\xff|GIF8)/, 'an image', 'Choose the weight file.'],
  [/^GGUF/, 'a GGUF language model', 'Choose weights of an image classifier.'],
  [/^\x08[\x01-\x0f](\x12|\x1a|\x22|:)/, 'an ONNX program', 'Choose the weights it was exported from.'],
  [/^[^]{4}TFL3/, 'a TensorFlow Lite program', 'Choose the weights it was made from.'],
];

function refuseOthers(source: ByteSource, head: Uint8Array): void {
  const { path } = source;
  const text = Buffer.from(head).toString('latin1');
  if (head.length === 0) throw damaged(path, 'it is empty.');
  if (text.startsWith('version https://git-lfs.github.com/spec')) {
    throw new StudioError(
      'weights.notWeights',
      `${path} is a Git LFS pointer: a few lines of text that stand for the real file.`,
      { remedy: 'Run "git lfs pull" in the repository it came from, or download the file itself.' },
    );
  }
  if (/^\s*(<!doctype html|<html|<\?xml|<head)/i.test(text)) {
    throw new StudioError(
      'weights.notWeights',
      `${path} is a web page, most likely an error or login page that was saved in place of the weights.`,
      { remedy: 'Open the download link in a browser and save the file again.' },
    );
  }
  if (head.every((byte) => byte === 0))
    throw damaged(path, 'it starts with nothing but zeros, as after a download that never wrote its data.');
  if (text.slice(257, 262) === 'ustar' || /^\.\/\0{90}/.test(text)) {
    throw new StudioError(
      'weights.unsupported',
      `${path} is a tar archive; PyTorch wrote these before version 0.1.10.`,
      { remedy: 'Unpack it, or load it in PyTorch and save it again.' },
    );
  }
  for (const [magic, what, remedy] of OTHER_MAGIC)
    if (magic.test(text))
      throw new StudioError('weights.unsupported', `${path} is ${what}, not a weight file.`, { remedy });
}

/** Members of the archives that `torch.export.save` writes. */
const EXPORTED_PROGRAM = /(^|\/)(serialized_exported_program\.json|archive_format|models\/[^/]+\.json)$/;

/** What readers say beside tensors. */
interface Said {
  readonly notes: string[];
  readonly parts: string[];
  readonly metadata: Map<string, string>;
  readonly epsilons: Map<string, number>;
}

function readZipFile(
  source: ByteSource,
  said: Said,
  entry?: string,
): { format: WeightFormat; tensors: Map<string, WeightTensor> } {
  const entries = openZip(source);
  if (isKerasArchive(entries)) return { format: 'keras', tensors: readKerasArchive(source.path, entries, said) };
  if (torchArchiveRoot(entries) !== null)
    return { format: 'pytorch', tensors: readTorchZip(source.path, entries, said, entry) };
  if (isNpz(entries)) return { format: 'npz', tensors: readNpz(entries, said) };
  const names = [...entries.keys()];
  if (names.some((name) => EXPORTED_PROGRAM.test(name)))
    throw new StudioError('weights.unsupported', `${source.path} is a program of torch.export, not a set of weights.`, {
      remedy: 'Load it in PyTorch with torch.export.load and save its state_dict.',
    });
  const some = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  throw new StudioError(
    'weights.unsupported',
    `${source.path} is a zip archive, but neither NumPy's, PyTorch's nor Keras's. It holds ${some}.`,
    { remedy: 'Unpack it and choose the weight file inside.' },
  );
}

/** First bytes of pickles without a protocol mark (0 and 1): a dict, list, tuple or global at once. */
const OLD_PICKLE = /^(\([dlpSVNXUIKci(]|[}\]][qp(.]|c[\w.]+\n\w+\n)/;

function readByContent(
  source: ByteSource,
  head: Uint8Array,
  said: Said,
  entry?: string,
): { format: WeightFormat; tensors: Map<string, WeightTensor> } {
  const text = Buffer.from(head).toString('latin1');
  const { notes, metadata, epsilons } = said;
  if (text.startsWith('\x93NUMPY'))
    return { format: 'npy', tensors: readNpy(source, basename(source.path).replace(/\.npy$/i, ''), said, entry) };
  if (text.startsWith('PK\x03\x04')) return readZipFile(source, said, entry);
  if (text.startsWith('\x89HDF\r\n\x1a\n')) return { format: 'keras-h5', tensors: readKerasH5(source, said) };
  if (/^\x80[\x00-\x05]/.test(text) || OLD_PICKLE.test(text)) {
    const { tensors, legacy } = readTorchStream(source, said, entry);
    return { format: legacy ? 'pytorch' : 'pickle', tensors };
  }
  // NetParameter starts with its name, a V1 layer or a V2 layer.
  if (/^[\x0a\x12]|^\xa2\x06/.test(text))
    return { format: 'caffemodel', tensors: readCaffemodel(source, notes, metadata, epsilons) };
  throw new StudioError('weights.unsupported', `${source.path} is of no known weight format.`, {
    remedy:
      'Known are .safetensors, .npy, .npz, .pth, .pt, .h5, .keras, .caffemodel, TensorFlow checkpoints (.index) and ' +
      'SavedModel folders.',
  });
}

/**
 * Opens a weight file of any known format, found by content. Nothing in it is run, no other file is opened (but the
 * neighbours of a safetensors or TensorFlow index), and no tensor is read before it is asked for.
 * @throws {StudioError} file.notFound, file.noPermission
 * @throws {StudioError} weights.notWeights: an LFS pointer, a web page
 * @throws {StudioError} weights.mismatch: no tensors, or not the entry
 * @throws {StudioError} weights.unsupported, weights.damaged, weights.hostile, weights.limit
 */
export async function openWeights(path: string, options: OpenWeightsOptions = {}): Promise<WeightFile> {
  const index = checkpointIndexOf(path);
  refuseNeighbour(index);
  const file = withFoldedTensors(openByContent(index, options));
  // Pickles know their entries themselves.
  if (options.entry === undefined || PICKLED.has(file.format)) return file;
  const tensors = tensorsUnder(file.tensors, options.entry);
  if (tensors) return { ...file, tensors };
  file.close();
  throw new StudioError('weights.mismatch', `No tensor of ${path} lies under "${options.entry}".`, {
    remedy: `Names are ${[...file.tensors.keys()].slice(0, 5).join(', ')}, …`,
  });
}

const PICKLED: ReadonlySet<WeightFormat> = new Set<WeightFormat>(['npy', 'pickle', 'pytorch']);

/** Parts of a TensorFlow checkpoint that hold no names of weights: its index is beside them. */
function refuseNeighbour(path: string): void {
  const [, stem, ending] = /^(.+)(\.data-\d{5}-of-\d{5}|\.meta)$/.exec(path) ?? [];
  if (stem === undefined || !existsSync(path)) return;
  const what = ending === '.meta' ? 'the graph' : 'a data file';
  const index = existsSync(`${stem}.index`) ? `${stem}.index` : 'the .index file of the same name';
  throw new StudioError('weights.unsupported', `${path} is ${what} of a TensorFlow checkpoint.`, {
    remedy: `Choose ${index}.`,
  });
}

function openByContent(path: string, options: OpenWeightsOptions): WeightFile {
  const source = ByteSource.open(path);
  try {
    const head = source.peek(0, HEAD_BYTES);
    refuseOthers(source, head);
    const text = Buffer.from(head).toString('latin1');
    const isSafetensors = head.length > 8 && head[8] === 0x7b && head[7] === 0;
    if (isSafetensors || /^\s*\{/.test(text)) {
      source.close();
      return isSafetensors ? openSafetensors(path) : openShardedSafetensors(path);
    }
    if (isTable(source)) {
      source.close();
      return openTfCheckpoint(path);
    }
    const said: Said = { notes: [], parts: [], metadata: new Map(), epsilons: new Map() };
    const { format, tensors } = readByContent(source, head, said, options.entry);
    return { format, path, tensors, ...said, close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}
