/**
 * What all versions of CIFAR-10 and CIFAR-100 share (Krizhevsky 2009): batch files of labels and 32 × 32 pixels in
 * three planes; and the records of the binary ones.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import { readLines, type FileTree } from '../sources/fileTree.ts';
import { readFully } from '../../files/readFully.ts';
import { CIFAR_PIXEL_BYTES } from '../sources/records.ts';
import { drawSplits } from '../batches/stratify.ts';
import { requireTwoClasses } from './classFolders.ts';
import { bySplit, describeDraw, type PictureEntry, type Scan, type ScanOptions } from './reader.ts';

export interface CifarFiles {
  readonly title: string;
  readonly trainFiles: readonly string[];
  readonly testFile: string;
  /** Records of a training file and of the test file in the original. */
  readonly trainRecords: number;
  readonly testRecords: number;
}

export interface CifarVersion extends CifarFiles {
  /** Bytes before the pixels; the last one is the class. */
  readonly labelBytes: number;
  /** What a file of the other version gets told. */
  readonly otherVersion: { readonly title: string; readonly recordBytes: number };
}

/**
 * Labels of all records of one binary file.
 * @throws {StudioError} dataset.recordSize, dataset.notFound, dataset.noPermission
 */
export function binaryLabels(tree: FileTree, file: string, version: CifarVersion): Uint8Array {
  const recordBytes = version.labelBytes + CIFAR_PIXEL_BYTES;
  const bytes = readBatch(tree.file(file));
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    const { title, recordBytes: otherBytes } = version.otherVersion;
    const isOther = bytes.length > 0 && bytes.length % otherBytes === 0;
    throw new StudioError(
      'dataset.recordSize',
      `${file} has ${bytes.length.toLocaleString('en')} bytes, which is no whole number of ${recordBytes}-byte ` +
        `records${isOther ? ` (it fits the ${otherBytes.toLocaleString('en')}-byte records of ${title})` : ''}.`,
      {
        remedy: isOther
          ? `${title} has other file names: unpack its own archive and import that.`
          : `Download or unpack the binary version of ${version.title} again.`,
        details: { file, sizeBytes: bytes.length, recordBytes },
      },
    );
  }
  return Uint8Array.from(
    { length: bytes.length / recordBytes },
    (_, i) => bytes[i * recordBytes + version.labelBytes - 1]!,
  );
}

function requireRange(
  labels: readonly number[] | Uint8Array,
  classes: number,
  file: string,
  { title }: CifarFiles,
): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new StudioError(
      'dataset.labelRange',
      `Record ${wrong} of ${file} has the label ${labels[wrong]}; with ${classes} classes labels go from 0 to ` +
        `${classes - 1}.`,
      {
        remedy: `The file is damaged or of another data set: download ${title} again.`,
        details: { file, record: wrong, label: labels[wrong]! },
      },
    );
  }
}

function readBatch(path: string): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(fstatSync(file).size);
      return bytes.subarray(0, readFully(file, bytes, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path, { subject: 'dataset' });
  }
}

/** The class list's lines, or the names given where it is missing (with a note). */
export function classNamesFrom(
  tree: FileTree,
  file: string,
  known: readonly string[],
  missing: string,
): { names: string[]; notes: string[]; files: string[] } {
  if (!tree.has(file)) return { names: [...known], notes: [`${file} is missing: ${missing}`], files: [] };
  return { names: readLines(tree, file), notes: [], files: [file] };
}

/**
 * Lists all records, whose labels `read` gives. val is drawn from the training files, the test file is the labelled
 * test split.
 * @throws {StudioError} `dataset.labelRange`
 */
export function scanBatches(
  tree: FileTree,
  fractions: ScanOptions,
  version: CifarFiles,
  read: (file: string) => readonly number[] | Uint8Array,
  classes: { names: string[]; notes: string[]; files: string[] },
): Scan {
  const { names, files } = classes;
  const notes = [...classes.notes];
  requireTwoClasses(names, tree.root);
  const train: { path: string; label: number }[] = [];
  const entries: PictureEntry[] = [];
  const shorter: OtherCount[] = [];
  for (const file of [...version.trainFiles, version.testFile]) {
    const labels = read(file);
    requireRange(labels, names.length, file, version);
    const original = file === version.testFile ? version.testRecords : version.trainRecords;
    if (labels.length !== original) shorter.push({ file, records: labels.length, original });
    labels.forEach((label, record) => {
      if (file === version.testFile) entries.push({ path: `${file}#${record}`, split: 'test', label });
      else train.push({ path: `${file}#${record}`, label });
    });
  }
  notes.push(...recordNotes(shorter));
  names.forEach((name, label) => {
    const ofClass = train.filter((picture) => picture.label === label);
    if (ofClass.length === 0)
      throw new StudioError('dataset.emptyClass', `No record of the training files has the label ${label} (${name}).`, {
        remedy: 'Unpack the archive again.',
      });
    const parts = drawSplits(ofClass.length, label, { ...fractions, test: 0 });
    ofClass.forEach(({ path }, i) => entries.push({ path, label, split: parts[i]! }));
  });
  return {
    classIds: names,
    classNames: names,
    kind: 'records',
    entries: bySplit(entries),
    problems: [],
    notes,
    sourceFiles: [...version.trainFiles, version.testFile, ...files],
    brought: { val: false, test: true },
    splitRule: describeDraw(fractions, true),
  };
}

interface OtherCount {
  readonly file: string;
  readonly records: number;
  readonly original: number;
}

/** One sentence for all files of the same count. */
function recordNotes(files: readonly OtherCount[]): string[] {
  const alike = Map.groupBy(files, ({ records, original }) => `${records} ${original}`);
  return [...alike.values()].map((group) => {
    const [{ records, original }] = group as [OtherCount];
    const have = group.length === 1 ? 'has' : 'have';
    const names = group.map(({ file }) => file).join(', ');
    return (
      `${names} ${have} ${records.toLocaleString('en')} records${group.length === 1 ? '' : ' each'} ` +
      `(the original ${original.toLocaleString('en')})`
    );
  });
}
