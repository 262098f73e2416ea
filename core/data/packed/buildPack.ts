/** Making a packed cache: from the pictures, from a data set's records, or from a cache of the other colour mode. */
import { join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { countsOf, type DatasetIndex } from '../set/datasetIndex.ts';
import { decodeFiles } from '../pictures/decodePool.ts';
import { decodePixels, toGray } from '../pictures/decodePicture.ts';
import type { PictureReport } from '../pictures/decodeMessages.ts';
import { DurableFileSync, removeAbandoned, writeDurableJsonSync } from '../../files/durableFile.ts';
import { repeatChannel } from './nativePack.ts';
import { PackWriter, requirePackSpace } from './packFile.ts';
import { channelsOfKey, packName } from './packKey.ts';
import type { PackSidecar } from './packSidecar.ts';
import { ProgressMeter } from '../import/progressMeter.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import { RecordFiles } from '../sources/records.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import type { ImportedFile, PackedCache, PackKey } from '../types.ts';

export interface PackTask {
  readonly card: DatasetCard;
  /** Where the pictures are read from. */
  readonly tree: FileTree;
  readonly index: DatasetIndex;
  /** Where the packed file and its sidecar go. */
  readonly folder: string;
  readonly key: PackKey;
  /** A whole cache of the same size in the other colour mode; closed at the end. */
  readonly source: PackedCache | null;
  /** Pictures, as `split/path`, that are not touched; zeros take their places. */
  readonly refused: ReadonlySet<string>;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/**
 * Writes `<name>.u8` and then `<name>.json` into the folder: written beside, synced, renamed.
 * @throws {StudioError} dataset.changed, file.diskFull
 */
export async function buildPack(task: PackTask): Promise<void> {
  const { key, folder } = task;
  const counts = countsOf(task.index);
  const total = counts.train + counts.val + counts.test;
  makeFolderSync(folder);
  removeAbandoned(folder);
  requirePackSpace(folder, total * key.size ** 2 * channelsOfKey(key));
  const pack = new DurableFileSync(join(folder, `${packName(key)}.u8`));
  try {
    const writer = new PackWriter(pack.file);
    const progress = new ProgressMeter('pack', total, task.onProgress);
    let done = 0;
    for await (const { pixels, count } of pictures(task)) {
      task.signal?.throwIfAborted();
      writer.write(pixels);
      done += count;
      progress.update(done);
    }
    pack.commit();
    const blank = task.source ? [...task.source.blank] : [...task.refused];
    writeDurableJsonSync(join(folder, `${packName(key)}.json`), {
      version: 1,
      key,
      fingerprint: task.card.fingerprint,
      counts,
      ...writer.finish(),
      ...(blank.length > 0 && { blank }),
    } satisfies PackSidecar);
  } finally {
    pack.discard();
    task.source?.close();
  }
}

interface PixelRun {
  readonly pixels: Uint8Array;
  readonly count: number;
}

function pictures(task: PackTask): AsyncGenerator<PixelRun> {
  if (task.source !== null) return fromOtherColor(task.source, task.key);
  return task.index.kind === 'records' ? fromRecords(task) : fromFiles(task);
}

async function* fromOtherColor(source: PackedCache, key: PackKey): AsyncGenerator<PixelRun> {
  for (const name of SPLIT_ORDER) {
    const split = source.split(name);
    if (split === null) continue;
    const picture = new Uint8Array(split.bytesPerImage);
    for (let i = 0; i < split.length; i += 1) {
      if (i % 1024 === 0) await new Promise((resolve) => setImmediate(resolve));
      split.read([i], picture);
      yield { pixels: convert(picture, key), count: 1 };
    }
  }
}

function convert(picture: Uint8Array, key: PackKey): Uint8Array {
  if (key.color === 'rgb') return repeatChannel(picture);
  const gray = new Uint8Array(picture.length / 3);
  toGray(picture, gray);
  return gray;
}

async function* fromRecords({ tree, index, key }: PackTask): AsyncGenerator<PixelRun> {
  const records = new RecordFiles(tree);
  try {
    for (const name of SPLIT_ORDER) {
      for (const path of index.splits[name]?.paths ?? []) {
        const { pixels } = await decodePixels(records.read(path), { kind: 'square', ...key });
        yield { pixels: key.color === 'rgb' ? pixels : convert(pixels, key), count: 1 };
      }
    }
  } finally {
    records.close();
  }
}

/**
 * @throws {StudioError} dataset.changed at the first picture that is not what it was at import: a cache must hold what
 *   the card describes
 */
async function* fromFiles({ tree, index, key, refused, signal }: PackTask): AsyncGenerator<PixelRun> {
  for (const name of SPLIT_ORDER) {
    const columns = index.splits[name];
    if (columns === undefined) continue;
    const isRefused = (at: number): boolean => refused.has(`${name}/${columns.paths[at]}`);
    const pathOf = (at: number): string | null => (isRefused(at) ? null : tree.file(columns.paths[at]!));
    for await (const { start, reports, pixels } of decodeFiles(
      { count: columns.paths.length, pathOf },
      () => ({ kind: 'pack', key }),
      signal,
    )) {
      reports.forEach((report, i) => {
        if (!isRefused(start + i))
          requireUnchanged(report, columns.paths[start + i]!, {
            sizeBytes: columns.sizesBytes[start + i]!,
            modifiedMs: columns.modifiedMs[start + i]!,
            contentKey: columns.contentKeys?.[start + i],
          });
      });
      yield {
        pixels: reports.every(({ ok }) => ok) ? pixels : withZeros(pixels, reports, key.size ** 2 * channelsOfKey(key)),
        count: reports.length,
      };
    }
  }
}

/** `pixels` with zeros, `bytes` of them, in the places of pictures that have none. */
function withZeros(pixels: Uint8Array, reports: readonly PictureReport[], bytes: number): Uint8Array {
  const whole = new Uint8Array(reports.length * bytes);
  let from = 0;
  reports.forEach(({ ok }, i) => {
    if (!ok) return;
    whole.set(pixels.subarray(from, from + bytes), i * bytes);
    from += bytes;
  });
  return whole;
}

/** Of a file that was only touched, or copied back, the bytes are the same. */
function requireUnchanged(
  report: PictureReport,
  path: string,
  imported: Pick<ImportedFile, 'sizeBytes' | 'modifiedMs' | 'contentKey'>,
): void {
  const { sizeBytes, modifiedMs, contentKey } = imported;
  if (
    report.ok &&
    report.sizeBytes === sizeBytes &&
    (report.modifiedMs === modifiedMs || report.contentKey === contentKey)
  )
    return;
  const what = report.ok ? 'was changed after the import' : report.reason;
  throw new StudioError('dataset.changed', `The data set is no longer what was imported: ${path} – ${what}.`, {
    remedy: 'Bring the images back (is a disk unmounted?), or import the data set again under a new name.',
    details: { path },
  });
}
