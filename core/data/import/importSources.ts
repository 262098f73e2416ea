/** The pictures of a scan one after another, decoded and measured, whether they are files or records. */
import { hash } from 'node:crypto';
import type { ValueRange } from '../../../contract/valueRange.ts';
import { decodeFiles } from '../pictures/decodePool.ts';
import type { PictureReport } from '../pictures/decodeMessages.ts';
import { sumPicture } from '../pictures/pictureStatistics.ts';
import type { FileTree } from '../sources/fileTree.ts';
import type { PictureEntry, Scan } from '../readers/reader.ts';
import { RecordFiles } from '../sources/records.ts';

/**
 * Yields a report for each entry, in order, with its RGB pixels where it is a square of side `keepSide()` (0 = any
 * square, null = none). Samples wider than a byte are read by `valueRange`.
 */
export async function* decodeEntries(
  tree: FileTree,
  kind: Scan['kind'],
  entries: readonly PictureEntry[],
  { keepSide, valueRange }: { keepSide: () => number | null; valueRange?: ValueRange | undefined },
  signal?: AbortSignal,
): AsyncGenerator<{ report: PictureReport; pixels: Uint8Array | null }, void, undefined> {
  if (kind === 'records') {
    yield* readRecords(tree, entries, signal);
    return;
  }
  const pathOf = (at: number): string => tree.file(entries[at]!.path);
  for await (const { reports, pixels } of decodeFiles(
    { count: entries.length, pathOf },
    () => ({ kind: 'inspect', keepSide: keepSide(), valueRange }),
    signal,
  )) {
    let offset = 0;
    for (const report of reports) {
      const bytes = report.ok ? report.pixelBytes : 0;
      yield { report, pixels: bytes > 0 ? pixels.subarray(offset, offset + bytes) : null };
      offset += bytes;
    }
  }
}

async function* readRecords(
  tree: FileTree,
  entries: readonly PictureEntry[],
  signal?: AbortSignal,
): AsyncGenerator<{ report: PictureReport; pixels: Uint8Array }, void, undefined> {
  const records = new RecordFiles(tree);
  try {
    for (const [i, { path }] of entries.entries()) {
      // Lets an abort arrive between records.
      if (i % 1024 === 0) await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const { pixels, width, height } = records.read(path);
      const contentKey = hash('sha1', pixels, 'buffer').readUIntBE(0, 6);
      yield {
        pixels,
        report: {
          ok: true,
          sizeBytes: 0,
          modifiedMs: 0,
          width,
          height,
          sums: sumPicture(pixels),
          contentKey,
          pixelBytes: pixels.length,
        },
      };
    }
  } finally {
    records.close();
  }
}
