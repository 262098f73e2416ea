/** CIFAR-10's binary version (Krizhevsky 2009): data_batch_1…5.bin and test_batch.bin of 3,073-byte records, batches.meta.txt. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { Split, SplitFractions } from '../../../contract/dataset.ts';
import { explainFileError } from '../fileErrors.ts';
import { listFolder } from '../pictureFiles.ts';
import { drawSplits } from '../stratify.ts';
import { requireTwoClasses } from './classFolders.ts';
import { bySplit, describeDraw, type Detection, type PictureEntry, type Reader, type Scan } from './reader.ts';

export const CIFAR_SIDE = 32;
const PLANE = CIFAR_SIDE * CIFAR_SIDE;
/** One label byte, then the red, green and blue planes of 32 × 32 bytes, row by row. */
export const CIFAR_RECORD_BYTES = 1 + 3 * PLANE;
const TRAIN_FILES = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const TEST_FILE = 'test_batch.bin';
const META_FILE = 'batches.meta.txt';
const RECORDS_PER_FILE = 10_000;
const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

function detect(root: string): Detection | null {
  const { others } = listFolder(root);
  const found = [...TRAIN_FILES, TEST_FILE].filter((name) => others.includes(name));
  if (found.length === 0) return null;
  return { confidence: 0.9, description: `CIFAR-10 binary: ${found.length} of 6 batch files${others.includes(META_FILE) ? `, ${META_FILE}` : ''}` };
}

function classNames(root: string): { names: string[]; notes: string[]; files: string[] } {
  const path = join(root, META_FILE);
  if (!existsSync(path)) return { names: CLASS_NAMES, notes: [`${META_FILE} is missing: CIFAR-10's class names are used`], files: [] };
  const names = readFileSync(path, 'utf8').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
  return { names, notes: [], files: [META_FILE] };
}

/** Labels of all records of one file. Throws `dataset.recordSize`, `dataset.labelRange`, `dataset.layoutMismatch`. */
function readLabels(root: string, file: string, classes: number): Uint8Array {
  const path = join(root, file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw explainFileError(error, path, 'dataset');
  }
  if (bytes.length === 0 || bytes.length % CIFAR_RECORD_BYTES !== 0) {
    const isCifar100 = bytes.length > 0 && bytes.length % (CIFAR_RECORD_BYTES + 1) === 0;
    throw new StudioError('dataset.recordSize', `${file} has ${bytes.length.toLocaleString('en')} bytes, which is no whole number of ${CIFAR_RECORD_BYTES}-byte records${isCifar100 ? ' (it fits the 3,074-byte records of CIFAR-100)' : ''}.`, {
      remedy: isCifar100 ? 'CIFAR-100 is another layout: use CIFAR-10, or picture files in class folders.' : 'Download or unpack the binary version again; each batch file has 30,730,000 bytes.',
      details: { file, sizeBytes: bytes.length, recordBytes: CIFAR_RECORD_BYTES },
    });
  }
  const labels = Uint8Array.from({ length: bytes.length / CIFAR_RECORD_BYTES }, (_, i) => bytes[i * CIFAR_RECORD_BYTES] as number);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new StudioError('dataset.labelRange', `Record ${wrong} of ${file} has the label ${labels[wrong]}; with ${classes} classes labels go from 0 to ${classes - 1}.`, {
      remedy: 'The file is damaged or of another data set: download the binary version of CIFAR-10 again.', details: { file, record: wrong, label: labels[wrong] as number },
    });
  }
  return labels;
}

function scan(root: string, fractions: SplitFractions): Scan {
  const missing = [...TRAIN_FILES, TEST_FILE].filter((name) => !existsSync(join(root, name)));
  if (missing.length > 0) {
    throw new StudioError('dataset.layoutMismatch', `CIFAR-10's binary version has six batch files; missing here: ${missing.join(', ')}.`, { remedy: 'Unpack the archive again.', details: { missing } });
  }
  const { names, notes, files } = classNames(root);
  requireTwoClasses(names, root);
  const train: { path: string; label: number }[] = [];
  const entries: PictureEntry[] = [];
  for (const file of [...TRAIN_FILES, TEST_FILE]) {
    const labels = readLabels(root, file, names.length);
    if (labels.length !== RECORDS_PER_FILE) notes.push(`${file} has ${labels.length.toLocaleString('en')} records (the original has ${RECORDS_PER_FILE.toLocaleString('en')})`);
    labels.forEach((label, record) => {
      if (file === TEST_FILE) entries.push({ path: `${file}#${record}`, split: 'test', label });
      else train.push({ path: `${file}#${record}`, label });
    });
  }
  names.forEach((name, label) => {
    const ofClass = train.filter((picture) => picture.label === label);
    if (ofClass.length === 0) throw new StudioError('dataset.emptyClass', `No record of the training files has the label ${label} (${name}).`, { remedy: 'Unpack the archive again.' });
    const parts = drawSplits(ofClass.length, label, { ...fractions, test: 0 });
    ofClass.forEach(({ path }, i) => entries.push({ path, label, split: parts[i] as Split }));
  });
  return {
    classIds: names, classNames: names, kind: 'records', entries: bySplit(entries), problems: [], notes, sourceFiles: [...TRAIN_FILES, TEST_FILE, ...files],
    splitRule: describeDraw(fractions, true),
  };
}

/** Reads single records as RGB pixels, keeping the files open. Paths are those of the scan: `file.bin#17`. */
export class CifarRecords {
  readonly #root: string;
  readonly #files = new Map<string, number>();
  readonly #record = Buffer.alloc(CIFAR_RECORD_BYTES);

  constructor(root: string) {
    this.#root = root;
  }

  /** 32 × 32 × 3 bytes, channels last. Throws `dataset.changed` when the record is no longer there, `dataset.notFound`, `dataset.noPermission`. */
  read(path: string, out: Uint8Array): void {
    const hash = path.lastIndexOf('#');
    const name = path.slice(0, hash);
    const offset = Number(path.slice(hash + 1)) * CIFAR_RECORD_BYTES;
    if (readSync(this.#open(name), this.#record, 0, CIFAR_RECORD_BYTES, offset) !== CIFAR_RECORD_BYTES) {
      throw new StudioError('dataset.changed', `${name} ends before record ${path.slice(hash + 1)}: it was changed after the import.`, { remedy: 'Import the data set again.' });
    }
    for (let pixel = 0, at = 0; pixel < PLANE; pixel += 1, at += 3) {
      out[at] = this.#record[1 + pixel] as number;
      out[at + 1] = this.#record[1 + PLANE + pixel] as number;
      out[at + 2] = this.#record[1 + 2 * PLANE + pixel] as number;
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #open(name: string): number {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const path = join(this.#root, name);
    try {
      const file = openSync(path, 'r');
      this.#files.set(name, file);
      return file;
    } catch (error) {
      throw explainFileError(error, path, 'dataset');
    }
  }
}

export const cifar10Binary: Reader = {
  layout: 'cifar10-binary',
  looksLike: 'cifar10-binary: data_batch_1.bin … data_batch_5.bin, test_batch.bin, batches.meta.txt',
  detect,
  scan,
};
