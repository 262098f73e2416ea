/**
 * One batch of CIFAR's Python version: a pickled dict of labels and pixels, read by the machine that only builds data
 * and runs nothing.
 */
import { readFileSync } from 'node:fs';
import { StudioError } from '../../../contract/errors.ts';
import { NUMPY_CONSTRUCTORS, PickledArray } from '../../formats/pickle/numpyPickle.ts';
import { readPickle } from '../../formats/pickle/pickle.ts';
import { asText, PyDict, type PickleValue } from '../../formats/pickle/pickleValues.ts';
import { MemorySource } from '../../formats/randomAccess.ts';
import { fileError } from '../../files/fileErrors.ts';

const PIXEL_BYTES = 3 * 32 * 32;

/**
 * Entries by key; Python 2 wrote text, Python 3 bytes.
 * @throws {StudioError} dataset.layoutMismatch, also for a pickle that asks to run something
 */
function readPickledDict(path: string, file: string): ReadonlyMap<string, PickleValue> {
  try {
    const { value } = readPickle(new MemorySource(file, readFileSync(path)), { constructors: NUMPY_CONSTRUCTORS });
    if (!(value instanceof PyDict)) throw mismatch(file, 'it holds no dict');
    return new Map([...value.entries].map(([key, entry]) => [asText(key, 'a key'), entry]));
  } catch (error) {
    if (error instanceof StudioError && error.code.startsWith('weights.')) throw mismatch(file, error.message, error);
    throw fileError(error, path, { subject: 'dataset' });
  }
}

export interface PickledBatch {
  /** Fine labels where there are two. */
  readonly labels: readonly number[];
  /** Records of 3 × 32 × 32 bytes: red, green and blue plane. */
  readonly pixels: Uint8Array;
}

/** @throws {StudioError} dataset.layoutMismatch, dataset.recordSize, dataset.notFound, dataset.noPermission */
export function readPickledBatch(path: string, file: string): PickledBatch {
  const entries = readPickledDict(path, file);
  const data = entries.get('data');
  const labels = entries.get('fine_labels') ?? entries.get('labels');
  const pixels = data instanceof PickledArray ? data.uint8() : null;
  if (
    pixels === null ||
    !Array.isArray(labels) ||
    !labels.every((label): label is number => Number.isInteger(label) && (label as number) >= 0)
  )
    throw mismatch(file, 'it has no labels with pixels of 8 bits');
  if (pixels.length !== labels.length * PIXEL_BYTES) {
    throw new StudioError(
      'dataset.recordSize',
      `${file} has ${labels.length.toLocaleString('en')} labels and ${pixels.length.toLocaleString('en')} bytes of ` +
        `pixels; ${PIXEL_BYTES.toLocaleString('en')} belong to each.`,
      { remedy: 'Download the Python version again.', details: { file } },
    );
  }
  return { labels, pixels };
}

/**
 * Names under `key` of a meta file.
 * @throws {StudioError} dataset.layoutMismatch
 */
export function readPickledNames(path: string, file: string, key: string): string[] {
  const names = readPickledDict(path, file).get(key);
  if (!Array.isArray(names)) throw mismatch(file, `it has no ${key}`);
  return names.map((name) => asText(name, 'a class name'));
}

function mismatch(file: string, what: string, cause?: unknown): StudioError {
  return new StudioError(
    'dataset.layoutMismatch',
    `${file} is no file of CIFAR's Python version: ${what}`.replace(/\.?$/, '.'),
    {
      remedy: 'Download and unpack cifar-10-python.tar.gz or cifar-100-python.tar.gz again.',
      details: { file },
      cause,
    },
  );
}
