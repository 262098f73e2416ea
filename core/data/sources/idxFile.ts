/**
 * IDX files (LeCun's MNIST page): 0, 0, type 0x08 (unsigned byte), number of dimensions, each dimension as a big-endian
 * 32-bit number, then the bytes. Pictures have 3 dimensions (count, rows, columns) or 4 (… , 3 channels); labels have
 * 1. Often gzipped.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { StudioError } from '../../../contract/errors.ts';
import { systemCode } from '../../files/fileErrors.ts';
import { readFully } from '../../files/readFully.ts';

/** Largest unpacked IDX file, bytes: EMNIST's largest has 0.55 GB. */
const MAX_UNPACKED_BYTES = 2 ** 30;
const MAX_SIDE = 4096;

export interface IdxPictures {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** RGB, `width × height × 3`; gray is repeated. */
  read(index: number, out: Uint8Array): void;
  close(): void;
}

/** `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte.gz` and the like. */
export function isIdxName(name: string): boolean {
  return /[-.]idx[134]-ubyte(\.gz)?$/i.test(name);
}

function damaged(name: string, what: string): StudioError {
  return new StudioError('dataset.recordSize', `${name} is no whole IDX file: ${what}.`, {
    remedy: 'Download or copy the file again.',
    details: { file: name },
  });
}

interface IdxBytes {
  readonly dimensions: readonly number[];
  readonly start: number;
  read(out: Uint8Array, position: number): void;
  close(): void;
}

/**
 * Plain files are read in place, gzipped ones unpacked into memory.
 * @throws {StudioError} dataset.recordSize
 */
function open(path: string, name: string): IdxBytes {
  if (/\.gz$/i.test(name)) {
    const bytes = gunzip(path, name);
    return {
      ...parseHeader(bytes, bytes.length, name),
      read: (out, position) => out.set(bytes.subarray(position, position + out.length)),
      close: () => undefined,
    };
  }
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(20);
    const available = readFully(file, head, head.length, 0);
    const header = parseHeader(head.subarray(0, available), fstatSync(file).size, name);
    return {
      ...header,
      read: (out, position) => {
        if (readFully(file, out, out.length, position) !== out.length) throw damaged(name, 'it became shorter');
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function gunzip(path: string, name: string): Buffer {
  const packed = readFileSync(path);
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    const tooLarge = systemCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(
      name,
      tooLarge
        ? `it unpacks to more than ${MAX_UNPACKED_BYTES.toLocaleString('en')} bytes`
        : `its gzip data cannot be unpacked (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function parseHeader(head: Buffer, sizeBytes: number, name: string): Pick<IdxBytes, 'dimensions' | 'start'> {
  const rank = head[3] ?? 0;
  const start = 4 + 4 * rank;
  if (head.length < 4 || head.readUInt16BE(0) !== 0 || head[2] !== 8 || ![1, 3, 4].includes(rank))
    throw damaged(name, 'it does not start like one of unsigned bytes with 1, 3 or 4 dimensions');
  if (head.length < start) throw damaged(name, 'its header is cut off');
  const dimensions = Array.from({ length: rank }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const expected = start + dimensions.reduce((product, size) => product * size, 1);
  if (expected !== sizeBytes)
    throw damaged(
      name,
      `${dimensions.join(' × ')} bytes need ${expected.toLocaleString('en')} bytes, it has ` +
        `${sizeBytes.toLocaleString('en')}`,
    );
  return { dimensions, start };
}

/**
 * Opens a file of pictures. EMNIST's pictures lie on their side and are turned.
 * @throws {StudioError} dataset.recordSize
 */
export function openIdx(path: string, name = basename(path)): IdxPictures {
  const { dimensions, start, read, close } = open(path, name);
  const [count = 0, height = 0, width = 0, channels = 1] = dimensions;
  const sideways = isSideways(name) && width === height;
  if (
    dimensions.length === 1 ||
    (channels !== 1 && channels !== 3) ||
    width < 1 ||
    height < 1 ||
    width > MAX_SIDE ||
    height > MAX_SIDE
  ) {
    close();
    throw damaged(
      name,
      `${dimensions.join(' × ')} bytes are no images of 1 or 3 channels and up to ${MAX_SIDE} pixels a side`,
    );
  }
  const picture = new Uint8Array(width * height * channels);
  return {
    count,
    width,
    height,
    close,
    read(index, out) {
      read(picture, start + index * picture.length);
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          const from = channels * (sideways ? x * height + y : y * width + x);
          const to = 3 * (y * width + x);
          for (let c = 0; c < 3; c += 1) out[to + c] = picture[channels === 3 ? from + c : from]!;
        }
      }
    },
  };
}

/** EMNIST (Cohen et al. 2017) was written column by column. */
export function isSideways(name: string): boolean {
  return /^emnist/i.test(name);
}

/**
 * All labels of a label file.
 * @throws {StudioError} dataset.recordSize
 */
export function readIdxLabels(path: string, name = basename(path)): Uint8Array {
  const { dimensions, start, read, close } = open(path, name);
  try {
    if (dimensions.length !== 1) throw damaged(name, `labels have one dimension, it has ${dimensions.length}`);
    const labels = new Uint8Array(dimensions[0]!);
    read(labels, start);
    return labels;
  } finally {
    close();
  }
}
