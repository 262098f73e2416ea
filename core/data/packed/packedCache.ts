/**
 * The packed cache: one file of raw pixels for each way of resizing, all splits one after another, opened or made on
 * demand.
 */
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { DatasetOverlay, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { treeOf } from '../archive/storedTree.ts';
import { buildPack } from './buildPack.ts';
import { countsOf, readIndex, type DatasetIndex } from '../set/datasetIndex.ts';
import { fileError } from '../../files/fileErrors.ts';
import { CACHE_FOLDER } from '../set/datasetFiles.ts';
import { applyOverlay, readOverlay, refusedKeys, withRefusedInPlace } from '../set/overlay.ts';
import { readFully } from '../../files/readFully.ts';
import { checkSomeBlocks } from './packFile.ts';
import { canonicalKey, channelsOfKey, packName } from './packKey.ts';
import { readSidecar, type PackSidecar } from './packSidecar.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import type { OpenDataset, PackedCache, PackedSplit, PackKey } from '../types.ts';

/**
 * Files up to this size are read into memory whole, if they take no more than a quarter of the free memory: it saves a
 * system call a picture.
 */
const MEMORY_LIMIT_BYTES = 512 * 2 ** 20;

export interface PackEnv {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /**
   * `ignored`: every picture with the label it was imported with. `inPlace`: refused pictures stay in their places,
   * with zeros for pixels where they could not be decoded.
   */
  readonly overlay?: 'applied' | 'ignored' | 'inPlace';
}

/**
 * Opens the packed cache of `dataset` for `key`; makes it first when it is missing, damaged (size, sidecar, sampled
 * checksums) or of another state of the data. Its splits are as the data set's overlay has them.
 * @throws {StudioError} dataset.changed: pictures have gone or changed since the import, dataset.notFound,
 *   file.diskFull, file.damaged; signal.reason when aborted, leaving nothing half-written
 */
export async function ensurePacked(dataset: OpenDataset, key: PackKey, env: PackEnv = {}): Promise<PackedCache> {
  const index = readIndex(dataset.directory);
  const canonical = canonicalKey(dataset.card, key);
  const found = readOverlay(dataset.directory);
  const refused = refusedKeys(found);
  const view = env.overlay === 'ignored' ? null : env.overlay === 'inPlace' ? withRefusedInPlace(found) : found;
  const state = { index, overlay: view, refused };
  const existing = openPacked(dataset, canonical, state);
  if (existing !== null) return existing;
  const folder = join(dataset.directory, CACHE_FOLDER);
  try {
    await buildPack({
      card: dataset.card,
      tree: treeOf(dataset),
      index,
      folder,
      key: canonical,
      source: findSource(dataset, canonical, state),
      refused,
      ...env,
    });
  } catch (error) {
    throw fileError(error, folder);
  }
  const built = openPacked(dataset, canonical, state);
  if (built === null)
    throw new StudioError('file.damaged', `The packed images just written to ${folder} do not read back as written.`, {
      remedy: 'Check the disk; then try again.',
      details: { path: folder },
    });
  return built;
}

/** What a cache is opened for. `overlay` null: every picture as it was imported. */
interface PackState {
  readonly index: DatasetIndex;
  readonly overlay: DatasetOverlay | null;
  readonly refused: ReadonlySet<string>;
}

/** The sidecar that must belong to a whole cache, or null when the cache is missing or made for something else. */
function expectedSidecar(
  { card, directory }: OpenDataset,
  key: PackKey,
  { index, refused }: PackState,
): PackSidecar | null {
  const sidecar = readSidecar(join(directory, CACHE_FOLDER, `${packName(key)}.json`));
  if (sidecar === null) return null;
  const counts = countsOf(index);
  const pictures = counts.train + counts.val + counts.test;
  const fits =
    sidecar.fingerprint === card.fingerprint &&
    packName(sidecar.key) === packName(key) &&
    SPLIT_ORDER.every((split) => sidecar.counts[split] === counts[split]) &&
    sidecar.sizeBytes === pictures * key.size * key.size * channelsOfKey(key) &&
    // A picture that was refused and is wanted again must be decoded.
    (sidecar.blank ?? []).every((blank) => refused.has(blank));
  return fits ? sidecar : null;
}

function openPacked(dataset: OpenDataset, key: PackKey, state: PackState): PackedCache | null {
  const path = join(dataset.directory, CACHE_FOLDER, `${packName(key)}.u8`);
  const { index, overlay } = state;
  const sidecar = expectedSidecar(dataset, key, state);
  if (sidecar === null || !existsSync(path)) return null;
  const file = openSync(path, 'r');
  if (fstatSync(file).size === sidecar.sizeBytes && checkSomeBlocks(file, sidecar))
    return new PackedFile(path, file, sidecar, index, (split, name) =>
      overlay === null ? split : applyOverlay(split, name, overlay, dataset.card.classIds),
    );
  closeSync(file);
  return null;
}

/** A whole cache of the same size in the other colour mode, from which this one can be made without decoding. */
function findSource(dataset: OpenDataset, key: PackKey, state: PackState): PackedCache | null {
  if (key.color === 'rgb' && !dataset.card.grayOnly) return null;
  return openPacked(dataset, { ...key, color: key.color === 'rgb' ? 'gray' : 'rgb' }, { ...state, overlay: null });
}

class PackedFile implements PackedCache {
  readonly key: PackKey;
  readonly channels: number;
  readonly blank: readonly string[];
  readonly #splits = new Map<Split, PackedSplit>();
  readonly #path: string;
  #file: number | null;

  constructor(
    path: string,
    file: number,
    sidecar: PackSidecar,
    index: DatasetIndex,
    view: (split: PackedSplit, name: Split) => PackedSplit,
  ) {
    this.key = sidecar.key;
    this.channels = channelsOfKey(sidecar.key);
    this.blank = sidecar.blank ?? [];
    this.#path = path;
    this.#file = file;
    const bytesPerImage = sidecar.key.size ** 2 * this.channels;
    const memory =
      sidecar.sizeBytes <= Math.min(MEMORY_LIMIT_BYTES, freemem() / 4) ? this.#readAll(sidecar.sizeBytes) : null;
    let first = 0;
    for (const split of SPLIT_ORDER) {
      const columns = index.splits[split];
      if (columns === undefined) continue;
      const start = first * bytesPerImage;
      first += columns.paths.length;
      const { length } = columns.paths;
      this.#splits.set(
        split,
        view(
          {
            length,
            bytesPerImage,
            labels: Int32Array.from(columns.labels),
            pathOf: (i) => columns.paths[checkIndex(i, length)]!,
            read:
              memory === null
                ? (indices, out) => this.#readRuns(indices, out, start, bytesPerImage, length)
                : (indices, out) => copyPictures(memory, indices, out, start, bytesPerImage, length),
          },
          split,
        ),
      );
    }
  }

  split(split: Split): PackedSplit | null {
    return this.#splits.get(split) ?? null;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #readAll(sizeBytes: number): Uint8Array {
    const memory = new Uint8Array(sizeBytes);
    this.#readAt(memory, sizeBytes, 0);
    return memory;
  }

  /** One system call for each run of neighbouring pictures. */
  #readRuns(indices: ArrayLike<number>, out: Uint8Array, start: number, bytesPerImage: number, length: number): void {
    for (let at = 0; at < indices.length;) {
      const first = checkIndex(indices[at]!, length);
      let run = 1;
      while (at + run < indices.length && indices[at + run] === first + run && first + run < length) run += 1;
      this.#readAt(out.subarray(at * bytesPerImage), run * bytesPerImage, start + first * bytesPerImage);
      at += run;
    }
  }

  #readAt(out: Uint8Array, bytes: number, position: number): void {
    if (this.#file === null) throw new Error('the packed cache is closed');
    if (out.length < bytes) throw new RangeError(`the buffer has ${out.length} bytes left, ${bytes} are needed`);
    if (readFully(this.#file, out, bytes, position) === bytes) return;
    throw new StudioError(
      'file.damaged',
      `${this.#path} ends before byte ${position + bytes}: it was cut off while in use.`,
      { remedy: 'Start again; the file is made anew.', details: { path: this.#path } },
    );
  }
}

function copyPictures(
  memory: Uint8Array,
  indices: ArrayLike<number>,
  out: Uint8Array,
  start: number,
  bytesPerImage: number,
  length: number,
): void {
  for (let at = 0; at < indices.length; at += 1) {
    const from = start + checkIndex(indices[at]!, length) * bytesPerImage;
    out.set(memory.subarray(from, from + bytesPerImage), at * bytesPerImage);
  }
}

function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new RangeError(`there is no image ${index}; the split has ${length}`);
}
