/**
 * One 512-byte header of a tar archive (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU), and the records of a pax header.
 */
import { damaged, hostile } from './archiveErrors.ts';
import { decodeName } from './entryNames.ts';

export const BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly type: string;
  readonly target: string;
}

function cString(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Octal digits, or with the first bit set a big-endian number (GNU). */
function number(bytes: Buffer, what: string): number {
  if ((bytes[0]! & 0x80) !== 0) {
    if (bytes[0]! !== 0x80) throw damaged(`a header has a negative ${what}`);
    let value = 0;
    for (const byte of bytes.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw damaged(`a header has an impossible ${what}`);
    return value;
  }
  const text = cString(bytes).toString('latin1').trim();
  if (!/^[0-7]*$/.test(text)) throw damaged(`a header's ${what} is not a number`);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

/**
 * Null for a block of zeros.
 * @throws {StudioError} archive.damaged: the checksum is wrong
 */
export function parseTarHeader(block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  let sum = 0;
  for (let i = 0; i < BLOCK; i += 1) sum += i >= 148 && i < 156 ? 32 : block[i]!;
  const written = cString(block.subarray(148, 156)).toString('latin1').trim();
  if (!/^[0-7]+$/.test(written) || Number.parseInt(written, 8) !== sum)
    throw damaged('the checksum of a tar header is wrong');
  const magic = block.toString('latin1', 257, 263);
  const prefix = magic === 'ustar\0' ? cString(block.subarray(345, 500)) : Buffer.alloc(0);
  const name = decodeName(cString(block.subarray(0, 100)), false);
  return {
    name: prefix.length > 0 ? `${decodeName(prefix, false)}/${name}` : name,
    sizeBytes: number(block.subarray(124, 136), 'size'),
    modifiedMs: number(block.subarray(136, 148), 'time') * 1000,
    type: String.fromCharCode(block[156]!),
    target: decodeName(cString(block.subarray(157, 257)), false),
  };
}

/**
 * `length key=value\n` records.
 * @throws {StudioError} archive.damaged, archive.hostile
 */
export function parsePax(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const length = Number(digits);
    const end = at + length;
    if (!/^\d{1,9}$/.test(digits) || end > bytes.length || end <= space || bytes[end - 1] !== 10)
      throw damaged('a pax header is broken');
    const record = decodeName(bytes.subarray(space + 1, end - 1), true);
    const equals = record.indexOf('=');
    if (equals < 1) throw damaged('a pax header has a record without a key');
    const key = record.slice(0, equals);
    if (key.startsWith('GNU.sparse')) throw hostile('it holds a sparse file, whose size is only claimed');
    found.set(key, record.slice(equals + 1));
    at = end;
  }
  return found;
}
