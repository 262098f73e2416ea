/** The pictures of a scan one after another, decoded and measured, whether they are files or records. */
import { hash } from 'node:crypto';
import { decodeFiles } from './decodePool.ts';
import type { PictureReport } from './decodeProtocol.ts';
import { sumPicture } from './pictureStatistics.ts';
import { CIFAR_SIDE, CifarRecords } from './readers/cifar10Binary.ts';
import type { PictureEntry, Scan } from './readers/reader.ts';

export type EntryReport = PictureReport;

/** Yields a report for each entry, in order, with its RGB pixels where it is a square of side `keepSide()` (0 = any square, null = none). */
export async function* decodeEntries(
  root: string, kind: Scan['kind'], entries: readonly PictureEntry[], keepSide: () => number | null, signal?: AbortSignal,
): AsyncGenerator<{ report: EntryReport; pixels: Uint8Array | null }, void, undefined> {
  if (kind === 'records') {
    yield* readRecords(root, entries, signal);
    return;
  }
  const paths = entries.map((entry) => entry.path);
  for await (const { reports, pixels } of decodeFiles(root, paths, () => ({ kind: 'inspect', keepSide: keepSide() }), signal)) {
    let offset = 0;
    for (const report of reports) {
      const bytes = report.ok ? report.pixelBytes : 0;
      yield { report, pixels: bytes > 0 ? pixels.subarray(offset, offset + bytes) : null };
      offset += bytes;
    }
  }
}

async function* readRecords(root: string, entries: readonly PictureEntry[], signal?: AbortSignal): AsyncGenerator<{ report: EntryReport; pixels: Uint8Array }, void, undefined> {
  const records = new CifarRecords(root);
  const pixels = new Uint8Array(CIFAR_SIDE * CIFAR_SIDE * 3);
  try {
    for (const [i, { path }] of entries.entries()) {
      // Lets an abort arrive between records.
      if (i % 1024 === 0) await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      records.read(path, pixels);
      const contentKey = hash('sha1', pixels, 'buffer').readUIntBE(0, 6);
      yield { pixels, report: { ok: true, sizeBytes: 0, modifiedMs: 0, width: CIFAR_SIDE, height: CIFAR_SIDE, sums: sumPicture(pixels), contentKey, pixelBytes: pixels.length } };
    }
  } finally {
    records.close();
  }
}
