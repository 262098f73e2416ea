/**
 * Protocol buffers' wire format, field by field over a file: payloads are passed over unless asked for, so that size
 * costs nothing.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { Cursor, type RandomAccess } from './randomAccess.ts';

export interface WireField {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: 0 | 1 | 2 | 5;
  /** The varint's value; exact up to 2^53. */
  readonly value: number;
  /** Place of the content of the other types. */
  readonly offset: number;
  readonly length: number;
}

/** How many fields of a file may still be looked at; payloads count as one. */
export interface FieldBudget {
  left: number;
}

/** Up to ten bytes, as the format allows; signed 64-bit values beyond 2^53 lose their low bits. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.byte();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  throw damaged(
    cursor.source.path,
    `the number at byte ${cursor.position - 10} has more than ten bytes, so this is no valid protobuf message.`,
  );
}

/**
 * The fields of the message that lies in `[start, end)`.
 * @throws {StudioError} weights.damaged, weights.limit: budget is used up
 */
export function* wireFields(
  source: RandomAccess,
  start: number,
  end: number,
  budget: FieldBudget,
): Generator<WireField, void, undefined> {
  const cursor = new Cursor(source, start, end);
  while (cursor.remaining > 0) {
    if (--budget.left < 0)
      throw new StudioError('weights.limit', `${source.path} has more fields than any network.`, {
        remedy: 'Do not use this file.',
      });
    const tag = readVarint(cursor);
    const wireType = tag % 8;
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 2 ** 29 - 1)
      throw damaged(source.path, `field number ${number} is impossible, so this is no valid protobuf message.`);
    if (wireType === 0) {
      yield { number, wireType, value: readVarint(cursor), offset: cursor.position, length: 0 };
    } else if (wireType === 1 || wireType === 2 || wireType === 5) {
      const length = wireType === 1 ? 8 : wireType === 5 ? 4 : readVarint(cursor);
      cursor.need(length);
      yield { number, wireType, value: 0, offset: cursor.position, length };
      cursor.skip(length);
    } else {
      throw damaged(
        source.path,
        `wire type ${wireType} at byte ${cursor.position} does not exist, so this is no valid protobuf message.`,
      );
    }
  }
}

/** A text field's content. */
export function fieldText(source: RandomAccess, field: WireField): string {
  if (field.wireType !== 2 || field.length > 4096) throw damaged(source.path, 'a name is no text.');
  return Buffer.from(source.read(field.offset, field.length)).toString('utf8');
}
