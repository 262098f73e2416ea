/**
 * CIFAR-10's binary version (Krizhevsky 2009): data_batch_1…5.bin and test_batch.bin of 3,073-byte records,
 * batches.meta.txt.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { CIFAR_PIXEL_BYTES } from '../sources/records.ts';
import { binaryLabels, classNamesFrom, scanBatches, type CifarVersion } from './cifarBatches.ts';
import type { Detection, Reader, Scan, ScanOptions } from './reader.ts';

const META_FILE = 'batches.meta.txt';
const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const VERSION: CifarVersion = {
  title: 'CIFAR-10',
  trainFiles: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  testFile: 'test_batch.bin',
  trainRecords: 10_000,
  testRecords: 10_000,
  labelBytes: 1,
  otherVersion: { title: 'CIFAR-100', recordBytes: 2 + CIFAR_PIXEL_BYTES },
};
const FILES = [...VERSION.trainFiles, VERSION.testFile];

function detect(tree: FileTree): Detection | null {
  const { others } = tree.list('');
  const found = FILES.filter((name) => others.includes(name));
  if (found.length === 0) return null;
  return {
    confidence: 0.9,
    description:
      `CIFAR-10 binary: ${found.length} of 6 batch ` + `files${others.includes(META_FILE) ? `, ${META_FILE}` : ''}`,
  };
}

function scan(tree: FileTree, options: ScanOptions): Scan {
  const missing = FILES.filter((name) => !tree.has(name));
  if (missing.length > 0) {
    throw new StudioError(
      'dataset.layoutMismatch',
      `CIFAR-10's binary version has six batch files; missing here: ${missing.join(', ')}.`,
      { remedy: 'Unpack the archive again.', details: { missing } },
    );
  }
  return scanBatches(
    tree,
    options,
    VERSION,
    (file) => binaryLabels(tree, file, VERSION),
    classNamesFrom(tree, META_FILE, CLASS_NAMES, "CIFAR-10's class names are used"),
  );
}

export const cifar10Binary: Reader = {
  layout: 'cifar10-binary',
  looksLike: 'cifar10-binary: data_batch_1.bin … data_batch_5.bin, test_batch.bin, batches.meta.txt',
  detect,
  scan,
};
