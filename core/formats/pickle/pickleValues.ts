/** What a pickle can hold here: plain data, and records that our own constructors made of it. */
import { StudioError } from '../../../contract/errors.ts';
import { damaged } from '../byteSource.ts';
import type { RandomAccess } from '../randomAccess.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PyTuple
  | PyDict
  | PickleBlob
  | PickleRecord
  | Constructor;

export class PyTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** Insertion-ordered; keys are compared as a Map does, so that a name can never reach a prototype. */
export class PyDict {
  readonly entries = new Map<PickleValue, PickleValue>();
  get(key: string): PickleValue | undefined {
    return this.entries.get(key);
  }
}

/** An object made by one of our constructors; `setState` takes what the pickle's BUILD gives it. */
export abstract class PickleRecord {
  abstract setState(state: PickleValue): void;
}

/**
 * What a global that is not known here would have made: a name, never looked up and never called; whatever it is given
 * is dropped.
 */
export class ForeignValue extends PickleRecord {
  /** `module.name`. */
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  override setState(): void {
    /* nobody here knows what it means */
  }
}

/** One allowed global: what Python would import and call, we replace by `construct`. */
export interface Constructor {
  readonly kind: 'constructor';
  /** `module.name`. */
  readonly name: string;
  construct(args: readonly PickleValue[]): PickleValue;
}

export function constructor(name: string, construct: (args: readonly PickleValue[]) => PickleValue): Constructor {
  return { kind: 'constructor', name, construct };
}

export function isConstructor(value: PickleValue | undefined): value is Constructor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'constructor';
}

/** How the bytes of a long string stand in the file. */
export type BlobEncoding =
  /** As they are. */
  | 'raw'
  /** As the UTF-8 text of their latin-1 reading (Python 3, protocols 1 and 2). */
  | 'utf8'
  /** As that text with `\uXXXX` escapes (protocol 0). */
  | 'rawUnicode'
  /** As a quoted Python 2 literal (protocol 0). */
  | 'quoted';

/** A bytes object, or a long text that stands for one; it stays in the file until `bytes` is called. */
export class PickleBlob {
  readonly #source: RandomAccess;
  readonly #offset: number;
  /** Length in the file; the decoded bytes are never more. */
  readonly storedBytes: number;
  readonly encoding: BlobEncoding;

  constructor(source: RandomAccess, offset: number, storedBytes: number, encoding: BlobEncoding) {
    this.#source = source;
    this.#offset = offset;
    this.storedBytes = storedBytes;
    this.encoding = encoding;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const stored = this.#source.read(this.#offset, this.storedBytes);
    if (this.encoding === 'raw') return stored;
    if (this.encoding === 'utf8') return latin1FromUtf8(stored, this.#source.path);
    return this.encoding === 'quoted'
      ? unquote(stored, this.#source.path)
      : latin1FromRawUnicode(stored, this.#source.path);
  }

  /** Only part of the bytes; reads no more than that where they are stored raw. */
  slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.encoding !== 'raw') return this.bytes().slice(offset, offset + length);
    if (offset + length > this.storedBytes)
      throw damaged(
        this.#source.path,
        `bytes ${offset} to ${offset + length} of a string of ${this.storedBytes} are needed.`,
      );
    return this.#source.read(this.#offset + offset, length);
  }
}

/** Decoded in place: the latin-1 bytes are never longer than their UTF-8 text. */
function latin1FromUtf8(bytes: Uint8Array<ArrayBuffer>, path: string): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      bytes[length++] = lead;
      continue;
    }
    const next = bytes[++at];
    if ((lead !== 0xc2 && lead !== 0xc3) || next === undefined || (next & 0xc0) !== 0x80)
      throw damaged(path, 'a text that should hold bytes has characters beyond 255.');
    bytes[length++] = ((lead & 3) << 6) | (next & 0x3f);
  }
  return bytes.slice(0, length);
}

function hex(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = parseInt(String.fromCharCode(bytes[i] ?? 0), 16);
    if (Number.isNaN(digit)) return -1;
    value = value * 16 + digit;
  }
  return value;
}

const BACKSLASH = 0x5c;

function latin1FromRawUnicode(bytes: Uint8Array<ArrayBuffer>, path: string): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isEscape = bytes[at] === BACKSLASH && (bytes[at + 1] === 0x75 || bytes[at + 1] === 0x55);
    if (!isEscape) {
      bytes[length++] = bytes[at]!;
      continue;
    }
    const digits = bytes[at + 1] === 0x75 ? 4 : 8;
    const code = hex(bytes, at + 2, digits);
    if (code < 0 || code > 255)
      throw damaged(path, 'a text that should hold bytes has characters beyond 255, or a broken escape.');
    bytes[length++] = code;
    at += 1 + digits;
  }
  return bytes.slice(0, length);
}

const SIMPLE_ESCAPES = new Map([
  [0x6e, 10],
  [0x72, 13],
  [0x74, 9],
  [0x5c, 0x5c],
  [0x27, 0x27],
  [0x22, 0x22],
  [0x61, 7],
  [0x62, 8],
  [0x66, 12],
  [0x76, 11],
]);

/** A Python 2 string literal with its quotes, as protocol 0 writes it (`repr`). */
export function unquote(bytes: Uint8Array<ArrayBuffer>, path: string): Uint8Array<ArrayBuffer> {
  const quote = bytes[0];
  if (bytes.length < 2 || (quote !== 0x27 && quote !== 0x22) || bytes[bytes.length - 1] !== quote)
    throw damaged(path, 'a protocol 0 string has no quotes.');
  let length = 0;
  for (let at = 1; at < bytes.length - 1; at++) {
    if (bytes[at] !== BACKSLASH) {
      bytes[length++] = bytes[at]!;
      continue;
    }
    const escape = bytes[++at]!;
    const simple = SIMPLE_ESCAPES.get(escape);
    const code = simple ?? (escape === 0x78 ? hex(bytes, at + 1, 2) : -1);
    if (code < 0) throw damaged(path, `a protocol 0 string has the unknown escape \\${String.fromCharCode(escape)}.`);
    if (simple === undefined) at += 2;
    bytes[length++] = code;
  }
  return bytes.slice(0, length);
}

/** Bytes given as a blob or as a short string read as latin-1 (Python 2's `str`). */
export function asBytes(value: PickleValue | undefined, what: string): Uint8Array<ArrayBuffer> {
  if (value instanceof PickleBlob) return value.bytes();
  if (typeof value === 'string') {
    const bytes = new Uint8Array(value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 255) throw badPickle(`${what} holds characters beyond latin-1`);
      bytes[i] = code;
    }
    return bytes;
  }
  throw badPickle(`${what} is no bytes`);
}

/** The text of a short string; bytes are read as latin-1. */
export function asText(value: PickleValue | undefined, what: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof PickleBlob && value.storedBytes <= 4096) return Buffer.from(value.bytes()).toString('latin1');
  throw badPickle(`${what} is no text`);
}

export function asInteger(value: PickleValue | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint')
    throw new StudioError('weights.limit', `The pickle's ${what} is ${value}, more than any file can hold.`, {
      remedy: 'Do not use this file: it is damaged or made up.',
    });
  throw badPickle(`${what} is no whole number`);
}

export function asTuple(value: PickleValue | undefined, what: string): readonly PickleValue[] {
  if (value instanceof PyTuple) return value.items;
  throw badPickle(`${what} is no tuple`);
}

/** Dimensions or strides: a tuple of counts. */
export function asCounts(value: PickleValue | undefined, what: string): number[] {
  return asTuple(value, what).map((item) => {
    const count = asInteger(item, what);
    if (count < 0) throw badPickle(`${what} has a negative entry`);
    return count;
  });
}

/** The error for a pickle that does not hold together. */
export function badPickle(what: string): StudioError {
  return new StudioError('weights.damaged', `The pickle is damaged: ${what}.`, {
    remedy: 'Download or copy the file again, or convert it to safetensors with the tool that made it.',
  });
}

export interface PickleOptions {
  /** Allowed globals by `module.name`. */
  readonly constructors: ReadonlyMap<string, Constructor>;
  /** Resolves persistent ids (PyTorch's storages); without it they are refused. */
  readonly persistentLoad?: (id: PickleValue) => PickleValue;
  readonly start?: number;
}

export interface PickleResult {
  readonly value: PickleValue;
  /** First byte after the pickle. */
  readonly end: number;
  /** Globals that are not known here and were left aside, `module.name`. */
  readonly foreign: readonly string[];
}

/** What a container holds; nothing for any other value. */
export function itemsOf(value: PickleValue): Iterable<PickleValue> {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple) return value.items;
  return value instanceof PyDict ? value.entries.values() : [];
}
