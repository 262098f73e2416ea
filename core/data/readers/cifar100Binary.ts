/**
 * CIFAR-100's binary version (Krizhevsky 2009): train.bin and test.bin of 3,074-byte records (coarse label, fine label,
 * pixels), fine_label_names.txt.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { CIFAR_PIXEL_BYTES } from '../sources/records.ts';
import { binaryLabels, classNamesFrom, scanBatches, type CifarVersion } from './cifarBatches.ts';
import type { Detection, Reader, Scan, ScanOptions } from './reader.ts';

const FINE_FILE = 'fine_label_names.txt';
const COARSE_FILE = 'coarse_label_names.txt';
const NUMBERS = Array.from({ length: 100 }, (_, label) => String(label));
const VERSION: CifarVersion = {
  title: 'CIFAR-100',
  trainFiles: ['train.bin'],
  testFile: 'test.bin',
  trainRecords: 50_000,
  testRecords: 10_000,
  labelBytes: 2,
  otherVersion: { title: 'CIFAR-10', recordBytes: 1 + CIFAR_PIXEL_BYTES },
};
const FILES = [...VERSION.trainFiles, VERSION.testFile];

function detect(tree: FileTree): Detection | null {
  const { others } = tree.list('');
  const found = FILES.filter((name) => others.includes(name));
  if (
    found.length === 0 ||
    (found.length < 2 && !others.includes(FINE_FILE) && others.some((name) => !FILES.includes(name)))
  )
    return null;
  return {
    confidence: 0.9,
    description: `CIFAR-100 binary: ${found.join(', ')}${others.includes(FINE_FILE) ? `, ${FINE_FILE}` : ''}`,
  };
}

function scan(tree: FileTree, options: ScanOptions): Scan {
  const missing = FILES.filter((name) => !tree.has(name));
  if (missing.length > 0) {
    throw new StudioError(
      'dataset.layoutMismatch',
      `CIFAR-100's binary version has train.bin and test.bin; missing here: ${missing.join(', ')}.`,
      { remedy: 'Unpack the archive again.', details: { missing } },
    );
  }
  const found = scanBatches(
    tree,
    options,
    VERSION,
    (file) => binaryLabels(tree, file, VERSION),
    classNamesFrom(tree, FINE_FILE, NUMBERS, 'the 100 fine classes are called by their numbers'),
  );
  const coarse = tree.has(COARSE_FILE) ? ` (${COARSE_FILE})` : '';
  return {
    ...found,
    notes: [
      ...found.notes,
      `the ${found.classIds.length} fine labels are the classes; the coarse label of each record${coarse} is not used`,
    ],
  };
}

export const cifar100Binary: Reader = {
  layout: 'cifar100-binary',
  looksLike: 'cifar100-binary: train.bin, test.bin, fine_label_names.txt',
  detect,
  scan,
};
