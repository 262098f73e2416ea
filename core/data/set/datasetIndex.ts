/** The list of a data set's pictures as kept in its folder: one JSON file of columns for each split. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import { DurableFileSync } from '../../files/durableFile.ts';
import { systemCode } from '../../files/fileErrors.ts';

export const INDEX_FILE = 'index.json';
const VERSION: number = 1;

/** Columns of equal length, one row a picture, in the order of the packed caches. */
export interface SplitColumns {
  readonly paths: string[];
  readonly labels: number[];
  readonly widths: number[];
  readonly heights: number[];
  /** Size in bytes and time of change in milliseconds of each picture file; empty for records. */
  readonly sizesBytes: number[];
  readonly modifiedMs: number[];
  /**
   * By their bytes, see contentKeyOf: a file whose time alone has changed is still the same. Imports of earlier
   * versions have none.
   */
  readonly contentKeys?: number[];
}

/** Files that are no usable pictures but belong to the data set: quarantined ones, annotations, record files. */
export interface OtherFiles {
  readonly paths: string[];
  readonly sizesBytes: number[];
  readonly modifiedMs: number[];
}

export interface DatasetIndex {
  readonly version: number;
  readonly kind: 'files' | 'records';
  readonly splits: Partial<Record<Split, SplitColumns>>;
  readonly otherFiles: OtherFiles;
}

export function emptyColumns(): SplitColumns {
  return { paths: [], labels: [], widths: [], heights: [], sizesBytes: [], modifiedMs: [], contentKeys: [] };
}

export function newIndex(kind: DatasetIndex['kind']): DatasetIndex & { splits: Partial<Record<Split, SplitColumns>> } {
  return { version: VERSION, kind, splits: {}, otherFiles: { paths: [], sizesBytes: [], modifiedMs: [] } };
}

/** Pictures of each split; 0 where there is none. */
export function countsOf(index: DatasetIndex): Record<Split, number> {
  const count = (split: Split): number => index.splits[split]?.paths.length ?? 0;
  return { train: count('train'), val: count('val'), test: count('test') };
}

/** @throws {StudioError} file.damaged: the index is missing, no JSON, or its columns do not fit together */
export function readIndex(directory: string): DatasetIndex {
  const path = join(directory, INDEX_FILE);
  try {
    const index = JSON.parse(readFileSync(path, 'utf8')) as DatasetIndex;
    if (index.version !== VERSION) throw new Error(`version ${index.version}, expected ${VERSION}`);
    for (const split of SPLIT_ORDER) {
      const columns = index.splits[split];
      if (columns === undefined) continue;
      const { length } = columns.paths;
      const whole =
        [columns.labels, columns.widths, columns.heights].every((column) => column.length === length) &&
        [columns.sizesBytes, columns.modifiedMs, columns.contentKeys ?? columns.sizesBytes].every(
          (column) => column.length === (index.kind === 'files' ? length : 0),
        );
      if (!whole) throw new Error(`the columns of ${split} have different lengths`);
    }
    return index;
  } catch (error) {
    const cause = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new StudioError('file.damaged', `The list of images ${path} cannot be used (${cause}).`, {
      remedy: 'Remove the data set and import it again; the images themselves are untouched.',
      details: { path },
      cause: error,
    });
  }
}

/**
 * SHA-256 over the lines `split, label, path, size, time` of all pictures and the other files, sorted. Only the lines
 * of one class are held at once.
 */
export function fingerprintOf(index: DatasetIndex): string {
  // Lines that start alike belong together, and no start is the start of another: sorting them first sorts all lines.
  const groups: { start: string; rows: () => string[] }[] = [];
  for (const split of SPLIT_ORDER) {
    const columns = index.splits[split];
    if (columns === undefined) continue;
    for (const [label, places] of placesByLabel(columns.labels)) {
      groups.push({
        start: `["${split}",${label},`,
        rows: () =>
          Array.from(places, (i) =>
            JSON.stringify([split, label, columns.paths[i], columns.sizesBytes[i] ?? 0, columns.modifiedMs[i] ?? 0]),
          ),
      });
    }
  }
  const { paths, sizesBytes, modifiedMs } = index.otherFiles;
  groups.push({
    start: '["",-1,',
    rows: () => paths.map((path, i) => JSON.stringify(['', -1, path, sizesBytes[i], modifiedMs[i]])),
  });
  const hash = createHash('sha256');
  for (const { rows } of groups.sort((a, b) => (a.start < b.start ? -1 : 1)))
    for (const line of rows().sort()) hash.update(line).update('\n');
  return hash.digest('hex');
}

function placesByLabel(labels: readonly number[]): Map<number, Uint32Array> {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const places = new Map([...counts].map(([label, count]) => [label, new Uint32Array(count)]));
  labels.forEach((label, i) => {
    const left = counts.get(label)!;
    places.get(label)![left - 1] = i;
    counts.set(label, left - 1);
  });
  return places;
}

/** Values of a column written at once. */
const PART = 16_384;

/** Writes the index piece by piece durably: as text it can have a hundred megabytes. */
export function writeIndex(directory: string, index: DatasetIndex): void {
  const file = new DurableFileSync(join(directory, INDEX_FILE));
  const write = (text: string): void => {
    file.write(text);
  };
  const writeColumns = (columns: object): void => {
    Object.entries(columns as Record<string, readonly unknown[]>).forEach(([name, column], place) => {
      write(`${place === 0 ? '{' : ','}${JSON.stringify(name)}:[`);
      for (let at = 0; at < column.length; at += PART)
        write(`${at === 0 ? '' : ','}${JSON.stringify(column.slice(at, at + PART)).slice(1, -1)}`);
      write(']');
    });
    write('}');
  };
  try {
    write(`{"version":${index.version},"kind":"${index.kind}","splits":{`);
    Object.entries(index.splits).forEach(([split, columns], place) => {
      write(`${place === 0 ? '' : ','}"${split}":`);
      writeColumns(columns);
    });
    write('},"otherFiles":');
    writeColumns(index.otherFiles);
    write('}\n');
    file.commit();
  } finally {
    file.discard();
  }
}
