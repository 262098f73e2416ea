/** Numbers and short texts of a pickle, and the errors of the machine that reads them. */
import { StudioError } from '../../../contract/errors.ts';
import { badPickle, unquote } from './pickleValues.ts';
import type { Cursor } from '../randomAccess.ts';

const MAX_INTEGER_DIGITS = 400;

/** The error for a pickle beyond a limit. */
export function limit(what: string): StudioError {
  return new StudioError('weights.limit', `The pickle exceeds ${what}.`, {
    remedy:
      'Weight files stay far below this; do not use the file, or convert it to safetensors with the tool that made it.',
  });
}

/** The error for a pickle that asks for something outside the list. */
export function hostile(what: string): StudioError {
  return new StudioError('weights.hostile', `The pickle asks for ${what}, which weights never need.`, {
    remedy:
      'Nothing of it was run. If you trust the file, load it in the tool that made it and save only its tensors, ' +
      'best as safetensors.',
    details: { asked: what },
  });
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A decimal integer, as protocol 0 writes it (with Python 2's `L`). */
export function parseDecimal(text: string): number | bigint {
  const digits = text.replace(/L$/, '').trim();
  if (!/^[+-]?\d+$/.test(digits) || digits.length > MAX_INTEGER_DIGITS)
    throw badPickle('a number is not written as one');
  return narrow(BigInt(digits));
}

/** Two's complement, little endian, `length` bytes from `cursor`. */
export function parseLong(cursor: Cursor, length: number): number | bigint {
  if (length > MAX_INTEGER_DIGITS) throw limit(`integers of ${MAX_INTEGER_DIGITS} bytes`);
  const bytes = cursor.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return narrow(BigInt.asIntN(length * 8, value));
}

/** Python's spelling of a number with a fraction. */
export function parseFloatText(text: string): number {
  return Number(
    text.replace(/^([+-]?)(inf|nan)$/, (_all, sign: string, word: string) =>
      word === 'nan' ? 'NaN' : `${sign}Infinity`,
    ),
  );
}

/** A protocol 0 text: a quoted Python 2 string read as latin-1, or text with `\\uXXXX` escapes. */
export function shortText(bytes: Uint8Array<ArrayBuffer>, encoding: 'rawUnicode' | 'quoted', path: string): string {
  if (encoding === 'quoted') return Buffer.from(unquote(bytes, path)).toString('latin1');
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(
      /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
      (_all, short: string | undefined, long: string | undefined) => {
        const code = parseInt(short ?? long!, 16);
        if (code > 0x10ffff) throw badPickle('an escape names no character');
        return String.fromCodePoint(code);
      },
    );
}
