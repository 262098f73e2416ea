/**
 * Single pictures out of record files: CIFAR's batches, STL-10's and IDX, read by name and number
 * (`data_batch_1.bin#17`).
 */
import { closeSync, openSync } from 'node:fs';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import type { FileTree } from './fileTree.ts';
import { isIdxName, openIdx, type IdxPictures } from './idxFile.ts';
import { readFully } from '../../files/readFully.ts';
import { readPickledBatch } from './pickledBatch.ts';

export const CIFAR_SIDE = 32;
const PLANE = CIFAR_SIDE * CIFAR_SIDE;
/** Red, green and blue planes of 32 × 32 bytes, row by row. */
export const CIFAR_PIXEL_BYTES = 3 * PLANE;

/**
 * Label bytes before the pixels of each record: one in CIFAR-10, two (coarse, fine) in CIFAR-100's train.bin and
 * test.bin.
 */
function cifarLabelBytes(file: string): number {
  return file === 'train.bin' || file === 'test.bin' ? 2 : 1;
}

/** Side of the images in a file `…_X.bin`: SVHN's name says it, STL-10 has 96 pixels. */
function columnSide(file: string): number {
  return file.endsWith('_32x32_X.bin') ? 32 : 96;
}

/** Bytes of an image in a file `…_X.bin`: red, green and blue planes, column by column. */
export function columnRecordBytes(file: string): number {
  return 3 * columnSide(file) ** 2;
}

export interface RecordPicture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface RecordFile {
  readonly width: number;
  readonly height: number;
  read(record: number, out: Uint8Array): void;
  close(): void;
}

/** Reads records as RGB pixels, keeping the files open. */
export class RecordFiles {
  readonly #tree: FileTree;
  readonly #files = new Map<string, RecordFile>();
  #pixels = new Uint8Array(0);

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /**
   * `width × height × 3` bytes, channels last, valid until the next call.
   * @throws {StudioError} dataset.changed: the record is no longer there, dataset.notFound, dataset.noPermission
   */
  read(path: string): RecordPicture {
    const hash = path.lastIndexOf('#');
    const file = this.#open(path.slice(0, hash));
    const bytes = file.width * file.height * 3;
    if (this.#pixels.length !== bytes) this.#pixels = new Uint8Array(bytes);
    file.read(Number(path.slice(hash + 1)), this.#pixels);
    return { pixels: this.#pixels, width: file.width, height: file.height };
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #open(name: string): RecordFile {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const path = this.#tree.file(name);
    try {
      const file = isIdxName(name)
        ? fromIdx(openIdx(path, name), name)
        : name.endsWith('_X.bin')
          ? openColumns(path, name)
          : name.endsWith('.bin')
            ? openCifar(path, name)
            : openPickled(path, name);
      this.#files.set(name, file);
      return file;
    } catch (error) {
      throw fileError(error, path, { subject: 'dataset' });
    }
  }
}

function endsEarly(name: string, record: number): StudioError {
  return new StudioError('dataset.changed', `${name} ends before record ${record}: it was changed after the import.`, {
    remedy: 'Import the data set again.',
  });
}

/** Three planes as one picture, channels last. */
function interleave(planes: Uint8Array, out: Uint8Array): void {
  for (let pixel = 0, at = 0; pixel < PLANE; pixel += 1, at += 3) {
    out[at] = planes[pixel]!;
    out[at + 1] = planes[PLANE + pixel]!;
    out[at + 2] = planes[2 * PLANE + pixel]!;
  }
}

function openPickled(path: string, name: string): RecordFile {
  const { pixels } = readPickledBatch(path, name);
  return {
    width: CIFAR_SIDE,
    height: CIFAR_SIDE,
    read(record, out) {
      const planes = pixels.subarray(record * CIFAR_PIXEL_BYTES, (record + 1) * CIFAR_PIXEL_BYTES);
      if (planes.length !== CIFAR_PIXEL_BYTES) throw endsEarly(name, record);
      interleave(planes, out);
    },
    close: () => undefined,
  };
}

function openCifar(path: string, name: string): RecordFile {
  const file = openSync(path, 'r');
  const labelBytes = cifarLabelBytes(name);
  const recordBytes = labelBytes + CIFAR_PIXEL_BYTES;
  const planes = Buffer.alloc(CIFAR_PIXEL_BYTES);
  return {
    width: CIFAR_SIDE,
    height: CIFAR_SIDE,
    read(record, out) {
      if (readFully(file, planes, planes.length, record * recordBytes + labelBytes) !== planes.length)
        throw endsEarly(name, record);
      interleave(planes, out);
    },
    close: () => closeSync(file),
  };
}

function openColumns(path: string, name: string): RecordFile {
  const file = openSync(path, 'r');
  const side = columnSide(name);
  const planes = Buffer.alloc(columnRecordBytes(name));
  return {
    width: side,
    height: side,
    read(record, out) {
      if (readFully(file, planes, planes.length, record * planes.length) !== planes.length)
        throw endsEarly(name, record);
      fromColumns(planes, side, out);
    },
    close: () => closeSync(file),
  };
}

/** Three planes of `side × side` bytes, column by column, as one picture, channels last. */
function fromColumns(planes: Uint8Array, side: number, out: Uint8Array): void {
  for (let channel = 0, from = 0; channel < 3; channel += 1)
    for (let column = 0; column < side; column += 1)
      for (let row = 0; row < side; row += 1, from += 1) out[(row * side + column) * 3 + channel] = planes[from]!;
}

function fromIdx(pictures: IdxPictures, name: string): RecordFile {
  return {
    width: pictures.width,
    height: pictures.height,
    read(record, out) {
      if (record >= pictures.count) throw endsEarly(name, record);
      pictures.read(record, out);
    },
    close: () => pictures.close(),
  };
}
