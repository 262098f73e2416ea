/** The encoding of a text file, by its first bytes: a byte order mark, zero bytes, or whether it is proper UTF-8. */
import { closeSync, openSync, readSync } from 'node:fs';

export interface TextEncoding {
  /** A label that TextDecoder knows. */
  readonly name: string;
  /** Nothing in the file says so: it is what most such files are. */
  readonly assumed: boolean;
}

const UTF8: TextEncoding = { name: 'utf-8', assumed: false };
const PROBED_BYTES = 2 ** 20;
const PIECE_BYTES = 2 ** 18;

/** Of the start of a file; `whole` where these are all of its bytes. */
export function guessEncoding(bytes: Uint8Array, whole: boolean): TextEncoding {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return UTF8;
  if (first === 0xff && second === 0xfe) return { name: 'utf-16le', assumed: false };
  if (first === 0xfe && second === 0xff) return { name: 'utf-16be', assumed: false };
  const zeros = [0, 0];
  for (let i = 0; i < Math.min(bytes.length, 1024); i += 1) {
    if (bytes[i] === 0) zeros[i % 2]! += 1;
  }
  // Latin letters in UTF-16: every second byte is zero.
  if (zeros[1]! > 100 && zeros[0] === 0) return { name: 'utf-16le', assumed: true };
  if (zeros[0]! > 100 && zeros[1] === 0) return { name: 'utf-16be', assumed: true };
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole });
    return UTF8;
  } catch {
    return { name: 'windows-1252', assumed: true };
  }
}

export function encodingOfFile(path: string): TextEncoding {
  const file = openSync(path, 'r');
  try {
    // Bytes beyond ASCII may come late in a list: all of a small file is looked at, the start of a large one.
    const bytes = Buffer.alloc(PROBED_BYTES);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return guessEncoding(bytes.subarray(0, length), length < bytes.length);
  } finally {
    closeSync(file);
  }
}

/**
 * The text of a file in pieces, without its byte order mark.
 * @throws {TypeError} from the decoder, for bytes that are none of the encoding's
 */
export function* textPieces(path: string, encoding: string): Generator<string, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const length = readSync(file, bytes, 0, bytes.length, null);
      const text = decoder.decode(bytes.subarray(0, length), { stream: length > 0 });
      if (text !== '') yield text;
      if (length === 0) return;
    }
  } finally {
    closeSync(file);
  }
}
