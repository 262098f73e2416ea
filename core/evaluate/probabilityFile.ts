/**
 * A network's predictions on disk: `probabilities.f32` (`[images, classes]`, float32, little endian as on every
 * platform Node runs on) and `predictions.json`.
 */
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../files/makeFolder.ts';
import { StudioError } from '../../contract/errors.ts';
import { DeviceReport } from '../../contract/run.ts';
import { openDurableFile, type DurableFile } from '../files/durableFile.ts';
import { fileError, systemCode } from '../files/fileErrors.ts';

export const PROBABILITIES_FILE = 'probabilities.f32';
export const INDEX_FILE = 'predictions.json';

/** What `predictions.json` holds; row i of `probabilities.f32` belongs to `paths[i]`. */
export const PredictionIndex = z.object({
  count: z.int(),
  classes: z.int(),
  classNames: z.array(z.string()),
  classIds: z.array(z.string()),
  paths: z.array(z.string()),
  labels: z.array(z.int()),
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
  device: DeviceReport,
  imagesPerSec: z.number(),
});
export type PredictionIndex = z.infer<typeof PredictionIndex>;

/** One network's predictions, as `readProbabilities` gives them. */
export interface Predictions {
  readonly index: PredictionIndex;
  /** `[images, classes]`. */
  readonly probabilities: Float32Array;
}

export interface ProbabilityWriter {
  /** Rows so far. */
  readonly images: number;
  /**
   * Adds whole rows, `[n, classes]`; the array may be reused once the promise is settled.
   * @throws {StudioError} `prediction.invalid`: for part of a row
   */
  append(rows: Float32Array): Promise<void>;
  /**
   * Writes the index and gives both files their names, the index last: where it is, the probabilities are complete.
   * @throws {StudioError} `prediction.classMismatch`: where it does not describe the rows that were written
   */
  finish(index: Omit<PredictionIndex, 'count' | 'classes'>): Promise<PredictionIndex>;
  /** Removes what was written; does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Starts a prediction in `directory`, which is made where it is missing.
 * @throws {StudioError} `file.exists`: when it holds one and `overwrite` is off; `file.noPermission`, `file.diskFull`
 */
export async function openProbabilityWriter(
  directory: string,
  options: { classes: number; overwrite?: boolean },
): Promise<ProbabilityWriter> {
  await makeFolder(directory).catch((error: unknown) => {
    throw fileError(error, directory, { doing: 'write' });
  });
  const data = await openDurableFile(join(directory, PROBABILITIES_FILE), options);
  try {
    return new Writer(
      directory,
      data,
      await openDurableFile(join(directory, INDEX_FILE), options),
      options.classes,
      options.overwrite ?? false,
    );
  } catch (error) {
    await data.discard();
    throw error;
  }
}

class Writer implements ProbabilityWriter {
  images = 0;
  readonly #directory: string;
  readonly #data: DurableFile;
  readonly #index: DurableFile;
  readonly #classes: number;
  readonly #overwrite: boolean;

  constructor(directory: string, data: DurableFile, index: DurableFile, classes: number, overwrite: boolean) {
    this.#directory = directory;
    this.#data = data;
    this.#index = index;
    this.#classes = classes;
    this.#overwrite = overwrite;
  }

  async append(rows: Float32Array): Promise<void> {
    if (rows.length % this.#classes !== 0)
      throw new StudioError(
        'prediction.invalid',
        `${rows.length} probabilities are no whole number of rows of ${this.#classes} classes.`,
      );
    await this.#data.write(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
    this.images += rows.length / this.#classes;
  }

  async finish(rest: Omit<PredictionIndex, 'count' | 'classes'>): Promise<PredictionIndex> {
    try {
      const index = checkIndex(
        { ...rest, count: this.images, classes: this.#classes },
        (message) => new StudioError('prediction.classMismatch', message),
      );
      await this.#index.write(Buffer.from(`${JSON.stringify(index)}\n`, 'utf8'));
      // While the two are exchanged an old index must not describe the new probabilities.
      if (this.#overwrite) await rm(join(this.#directory, INDEX_FILE), { force: true });
      await this.#data.commit();
      await this.#index.commit();
      return index;
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    await this.#data.discard();
    await this.#index.discard();
  }
}

export interface ProbabilityReader {
  readonly index: PredictionIndex;
  /**
   * Rows `from` to `from + count` as `[count, classes]`.
   * @throws {StudioError} `file.damaged`: when the file ends early
   */
  read(from: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Bytes a read call takes at once; the operating system gives no more than 2 GiB. */
const READ_BYTES = 1 << 28;

/**
 * Opens a stored prediction; its index is checked, its size must be images × classes × 4 bytes.
 * @throws {StudioError} `prediction.notFound`: where there is none; `file.damaged` where it is not what was written;
 * file.noPermission
 */
export async function openProbabilities(directory: string): Promise<ProbabilityReader> {
  const index = await readPredictionIndex(directory);
  const path = join(directory, PROBABILITIES_FILE);
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw notFound(error, path);
  });
  try {
    const { size } = await handle.stat();
    const expected = index.count * index.classes * 4;
    if (size !== expected)
      throw damaged(path, `it has ${size} bytes; ${index.count} images of ${index.classes} classes take ${expected}`);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { index, read: (from, count) => readRows(handle, path, index, from, count), close: () => handle.close() };
}

/** A whole stored prediction, ready for `evaluateEnsemble`; errors as `openProbabilities`. */
export async function readProbabilities(directory: string): Promise<Predictions> {
  const reader = await openProbabilities(directory);
  try {
    return { index: reader.index, probabilities: await reader.read(0, reader.index.count) };
  } finally {
    await reader.close();
  }
}

async function readRows(
  handle: FileHandle,
  path: string,
  index: PredictionIndex,
  from: number,
  count: number,
): Promise<Float32Array> {
  if (!(from >= 0 && count >= 0 && from + count <= index.count))
    throw new RangeError(`rows ${from} to ${from + count} of ${index.count}`);
  const rows = new Float32Array(count * index.classes);
  const bytes = new Uint8Array(rows.buffer);
  const start = from * index.classes * 4;
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(READ_BYTES, bytes.length - at), start + at);
    if (bytesRead === 0) throw damaged(path, `it ended after ${start + at} bytes`);
    at += bytesRead;
  }
  return rows;
}

/** Of a stored prediction, without its probabilities; errors as `openProbabilities`. */
export async function readPredictionIndex(directory: string): Promise<PredictionIndex> {
  const path = join(directory, INDEX_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notFound(error, path);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, 'it is no JSON', error);
  }
  const parsed = PredictionIndex.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unexpected'}`, parsed.error);
  }
  return checkIndex(parsed.data, (message) => damaged(path, message));
}

/** What a schema cannot say: lists as long as there are images or classes, labels that are classes. */
function checkIndex(index: PredictionIndex, failure: (message: string) => StudioError): PredictionIndex {
  const { count, classes } = index;
  if (count < 0 || classes < 1) throw failure(`${count} images of ${classes} classes`);
  for (const [name, list, expected] of [
    ['paths', index.paths, count],
    ['labels', index.labels, count],
    ['class names', index.classNames, classes],
    ['class ids', index.classIds, classes],
  ] as const) {
    if (list.length !== expected) throw failure(`${list.length} ${name}, ${expected} expected`);
  }
  const wrong = index.labels.findIndex((label) => label < -1 || label >= classes);
  if (wrong >= 0)
    throw failure(
      `image ${wrong + 1} has label ${index.labels[wrong]}; ${classes} classes are numbered 0 to ${classes - 1}, ` +
        '−1 is none',
    );
  return index;
}

function notFound(error: unknown, path: string): unknown {
  return systemCode(error) === 'ENOENT'
    ? new StudioError('prediction.notFound', `There is no ${path}.`, {
        cause: error,
        remedy: 'Predict first.',
        details: { path },
      })
    : fileError(error, path);
}

function damaged(path: string, what: string, cause?: unknown): StudioError {
  return new StudioError('file.damaged', `${path} is damaged: ${what}.`, {
    cause,
    remedy: 'Predict again; the weights are not affected.',
    details: { path },
  });
}
