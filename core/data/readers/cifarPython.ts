/** The Python versions of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): pickled batches, read as data. */
import { StudioError } from '../../../contract/errors.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { readPickledBatch, readPickledNames } from '../sources/pickledBatch.ts';
import { scanBatches, type CifarFiles } from './cifarBatches.ts';
import type { Detection, Reader, Scan, ScanOptions } from './reader.ts';

interface PythonVersion extends CifarFiles {
  readonly metaFile: string;
  readonly namesKey: string;
}

const TEN: PythonVersion = {
  title: 'CIFAR-10',
  trainFiles: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`),
  testFile: 'test_batch',
  trainRecords: 10_000,
  testRecords: 10_000,
  metaFile: 'batches.meta',
  namesKey: 'label_names',
};
const HUNDRED: PythonVersion = {
  title: 'CIFAR-100',
  trainFiles: ['train'],
  testFile: 'test',
  trainRecords: 50_000,
  testRecords: 10_000,
  metaFile: 'meta',
  namesKey: 'fine_label_names',
};

const filesOf = ({ trainFiles, testFile, metaFile }: PythonVersion): string[] => [...trainFiles, testFile, metaFile];

/** CIFAR-10 by any of its files; CIFAR-100's names are so common that all three must be there. */
function findVersion(tree: FileTree): PythonVersion | null {
  const { others } = tree.list('');
  if (filesOf(TEN).some((name) => others.includes(name))) return TEN;
  return filesOf(HUNDRED).every((name) => others.includes(name)) ? HUNDRED : null;
}

function detect(tree: FileTree): Detection | null {
  const version = findVersion(tree);
  return version === null
    ? null
    : {
        confidence: 0.85,
        description: `${version.title}, Python version: ${filesOf(version)
          .filter((name) => tree.has(name))
          .join(', ')}`,
      };
}

function scan(tree: FileTree, options: ScanOptions): Scan {
  const version = findVersion(tree) ?? TEN;
  const missing = filesOf(version).filter((name) => !tree.has(name));
  if (missing.length > 0)
    throw new StudioError(
      'dataset.layoutMismatch',
      `${version.title}'s Python version is incomplete; missing here: ${missing.join(', ')}.`,
      { remedy: 'Unpack the archive again.', details: { missing } },
    );
  const names = readPickledNames(tree.file(version.metaFile), version.metaFile, version.namesKey);
  return scanBatches(tree, options, version, (file) => readPickledBatch(tree.file(file), file).labels, {
    names,
    notes: [],
    files: [version.metaFile],
  });
}

export const cifarPython: Reader = {
  layout: 'cifar-python',
  looksLike:
    'cifar-python: data_batch_1 … data_batch_5, test_batch, batches.meta (CIFAR-10) or train, test, meta (CIFAR-100)',
  detect,
  scan,
};
