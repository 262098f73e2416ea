/**
 * The state of a pickle machine and what its operations are made of: stack, memo, text, constructors. Limits hold
 * before memory is taken.
 */
import { foreignGlobal } from './pickleGlobals.ts';
import { hostile, limit, shortText } from './pickleScalars.ts';
import {
  asText,
  badPickle,
  ForeignValue,
  isConstructor,
  itemsOf,
  PickleBlob,
  PickleRecord,
  PyDict,
  PyTuple,
  type Constructor,
  type PickleOptions,
  type PickleValue,
} from './pickleValues.ts';
import { Cursor, type RandomAccess } from '../randomAccess.ts';

const MAX_OPS = 1_000_000;
const MAX_STACK = 10_000;
const MAX_MEMO = 100_000;
/** Strings up to this length become text at once, longer ones stay in the file. */
const SHORT_TEXT_BYTES = 4096;
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
/** Constructors look no deeper than this into their arguments. */
const CHARGED_DEPTH = 3;

/** Mark on the stack. */
const MARK = Symbol('mark');

export class PickleMachine {
  readonly cursor: Cursor;
  readonly #source: RandomAccess;
  readonly #options: PickleOptions;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** Globals that stay names. */
  readonly foreign = new Set<string>();
  #frameEnd = -1;
  #textBytes = 0;
  #ops = 0;

  constructor(source: RandomAccess, options: PickleOptions) {
    this.#source = source;
    this.#options = options;
    this.cursor = new Cursor(source, options.start ?? 0);
  }

  /** Counts one operation. @throws {StudioError} weights.limit */
  spend(): void {
    if (++this.#ops > MAX_OPS) throw limit(`${MAX_OPS} operations`);
  }

  #spendText(length: number): void {
    this.#textBytes += length;
    if (this.#textBytes > MAX_TEXT_BYTES) throw limit(`${MAX_TEXT_BYTES} bytes of text`);
  }

  /** Counts what a constructor may walk through, so that one long list cannot be given to many of them for free. */
  #charge(value: PickleValue, depth: number): void {
    this.spend();
    if (depth === 0) return;
    for (const item of itemsOf(value)) this.#charge(item, depth - 1);
  }

  /** An operation has ended. @throws {StudioError} weights.damaged where it reached over the end of its frame */
  checkFrame(): void {
    if (this.#frameEnd < 0) return;
    if (this.cursor.position > this.#frameEnd) throw badPickle('an operation reaches over the end of its frame');
    if (this.cursor.position === this.#frameEnd) this.#frameEnd = -1;
  }

  mark(): void {
    this.push(MARK);
  }

  push(value: PickleValue | typeof MARK): void {
    if (this.#stack.length >= MAX_STACK) throw limit(`a stack of ${MAX_STACK} values`);
    this.#stack.push(value);
  }

  /** Drops the topmost value or mark. */
  drop(): void {
    if (this.#stack.pop() === undefined) throw badPickle('its stack runs empty');
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw badPickle('its stack runs empty');
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw badPickle('its stack runs empty');
    return value;
  }

  /** Takes everything down to the last mark, and the mark. */
  popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw badPickle('a mark is missing');
    const items = this.#stack.splice(at).slice(1);
    return items as PickleValue[];
  }

  remember(index: number, value: PickleValue): void {
    if (this.#memo.size >= MAX_MEMO && !this.#memo.has(index)) throw limit(`${MAX_MEMO} remembered values`);
    this.#memo.set(index, value);
  }

  recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw badPickle(`value ${index} is recalled but was never remembered`);
    return value;
  }

  /** Remembers the top under the next free number. */
  memoize(): void {
    this.remember(this.#memo.size, this.top());
  }

  /** The last value. @throws {StudioError} weights.damaged where others are left below it */
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0) throw badPickle('values are left over at its end');
    return value;
  }

  /** A short text now, or a long one as a reference into the file. */
  string(length: number, encoding: 'utf8' | 'latin1'): PickleValue {
    this.cursor.need(length);
    if (length > SHORT_TEXT_BYTES) {
      const blob = new PickleBlob(this.#source, this.cursor.position, length, encoding === 'utf8' ? 'utf8' : 'raw');
      this.cursor.skip(length);
      return blob;
    }
    this.#spendText(length);
    return Buffer.from(this.cursor.take(length)).toString(encoding);
  }

  bytes(length: number): PickleBlob {
    this.cursor.need(length);
    const blob = new PickleBlob(this.#source, this.cursor.position, length, 'raw');
    this.cursor.skip(length);
    return blob;
  }

  /** A line of text; `limitBytes` bounds it. */
  lineText(limitBytes = SHORT_TEXT_BYTES): string {
    const { offset, length } = this.cursor.line();
    if (length > limitBytes) throw badPickle(`a line of ${length} bytes stands where a short one belongs`);
    this.#spendText(length);
    return Buffer.from(this.#source.read(offset, length)).toString('utf8');
  }

  lineString(encoding: 'rawUnicode' | 'quoted'): PickleValue {
    const { offset, length } = this.cursor.line();
    if (length > SHORT_TEXT_BYTES) return new PickleBlob(this.#source, offset, length, encoding);
    this.#spendText(length);
    const bytes = this.#source.read(offset, length);
    return shortText(bytes, encoding, this.#source.path);
  }

  global(module: string, name: string): Constructor {
    const full = `${module}.${name}`;
    const constructor = this.#options.constructors.get(full);
    if (constructor) return constructor;
    this.foreign.add(full);
    return foreignGlobal(full);
  }

  /** One of our own constructors, not an inert name. */
  isOurs(callee: PickleValue): boolean {
    return isConstructor(callee) && this.#options.constructors.has(callee.name);
  }

  reduce(callee: PickleValue, args: PickleValue): PickleValue {
    if (!isConstructor(callee)) throw badPickle('something that is no constructor is to be called');
    if (!(args instanceof PyTuple)) throw badPickle('arguments are no tuple');
    this.#charge(args, CHARGED_DEPTH);
    return callee.construct(args.items);
  }

  build(target: PickleValue, state: PickleValue): void {
    if (target instanceof PickleRecord) {
      this.#charge(state, CHARGED_DEPTH);
      target.setState(state);
    }
    // An OrderedDict's own attributes (a state dict's `_metadata`) are no weights.
    else if (!(target instanceof PyDict)) throw badPickle('state is given to something that takes none');
  }

  /** An object outside the pickle, by its id. @throws {StudioError} weights.hostile where the format has none */
  persistent(id: PickleValue): PickleValue {
    if (!this.#options.persistentLoad) throw hostile('an object outside the file (a persistent id)');
    return this.#options.persistentLoad(id);
  }

  setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof ForeignValue) return;
    if (!(target instanceof PyDict)) throw badPickle('items are set on something that is no dict');
    if (items.length % 2) throw badPickle('a dict key has no value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (key instanceof PyDict || Array.isArray(key)) throw badPickle('a dict key is a list or a dict');
      // Python 2 text and Python 3 bytes may both name a layer.
      target.entries.set(key instanceof PickleBlob ? asText(key, 'a dict key') : key, items[i + 1]!);
    }
  }

  append(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof ForeignValue) return;
    if (!Array.isArray(target)) throw badPickle('items are appended to something that is no list');
    for (const item of items) target.push(item);
  }

  /** What follows belongs together: no operation reaches over the end of its frame. */
  startFrame(): void {
    const length = this.cursor.u64();
    if (this.#frameEnd >= 0) throw badPickle('a frame starts inside another');
    this.cursor.need(length);
    this.#frameEnd = this.cursor.position + length;
  }

  pushTuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.pop());
    this.push(new PyTuple(items));
  }
}
