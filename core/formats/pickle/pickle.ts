/**
 * A pickle machine that only builds data. Nothing is imported and nothing is called: a global is looked up in a short
 * table of constructors of our own; any other is refused, or stays an inert name (`pickleGlobals`). Limits hold before
 * memory is taken, so that no pickle can cost more than its file. Opcodes: Python's pickletools, protocols 0 to 5.
 */
import { foreignGlobal } from './pickleGlobals.ts';
import { hostile, limit, parseDecimal, parseFloatText, parseLong, shortText } from './pickleScalars.ts';
import {
  asInteger,
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
  type PickleResult,
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

class Machine {
  readonly #cursor: Cursor;
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
    this.#cursor = new Cursor(source, options.start ?? 0);
  }

  run(): PickleResult {
    const cursor = this.#cursor;
    for (;;) {
      this.#spend();
      if (cursor.position === this.#frameEnd) this.#frameEnd = -1;
      const opcode = String.fromCharCode(cursor.byte());
      if (opcode === '.') {
        const value = this.#pop();
        if (this.#stack.length > 0) throw badPickle('values are left over at its end');
        return { value, end: cursor.position, foreign: [...this.foreign] };
      }
      this.#step(opcode);
      if (this.#frameEnd >= 0 && cursor.position > this.#frameEnd)
        throw badPickle('an operation reaches over the end of its frame');
    }
  }

  #spend(): void {
    if (++this.#ops > MAX_OPS) throw limit(`${MAX_OPS} operations`);
  }

  /** Counts what a constructor may walk through, so that one long list cannot be given to many of them for free. */
  #charge(value: PickleValue, depth: number): void {
    this.#spend();
    if (depth === 0) return;
    for (const item of itemsOf(value)) this.#charge(item, depth - 1);
  }

  #push(value: PickleValue | typeof MARK): void {
    if (this.#stack.length >= MAX_STACK) throw limit(`a stack of ${MAX_STACK} values`);
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw badPickle('its stack runs empty');
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw badPickle('its stack runs empty');
    return value;
  }

  /** Takes everything down to the last mark, and the mark. */
  #popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw badPickle('a mark is missing');
    const items = this.#stack.splice(at).slice(1);
    return items as PickleValue[];
  }

  #remember(index: number, value: PickleValue): void {
    if (this.#memo.size >= MAX_MEMO && !this.#memo.has(index)) throw limit(`${MAX_MEMO} remembered values`);
    this.#memo.set(index, value);
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw badPickle(`value ${index} is recalled but was never remembered`);
    return value;
  }

  /** A short text now, or a long one as a reference into the file. */
  #string(length: number, encoding: 'utf8' | 'latin1'): PickleValue {
    this.#cursor.need(length);
    if (length > SHORT_TEXT_BYTES) {
      const blob = new PickleBlob(this.#source, this.#cursor.position, length, encoding === 'utf8' ? 'utf8' : 'raw');
      this.#cursor.skip(length);
      return blob;
    }
    this.#textBytes += length;
    if (this.#textBytes > MAX_TEXT_BYTES) throw limit(`${MAX_TEXT_BYTES} bytes of text`);
    return Buffer.from(this.#cursor.take(length)).toString(encoding);
  }

  #bytes(length: number): PickleBlob {
    this.#cursor.need(length);
    const blob = new PickleBlob(this.#source, this.#cursor.position, length, 'raw');
    this.#cursor.skip(length);
    return blob;
  }

  /** A line of text; `limitBytes` bounds it. */
  #lineText(limitBytes = SHORT_TEXT_BYTES): string {
    const { offset, length } = this.#cursor.line();
    if (length > limitBytes) throw badPickle(`a line of ${length} bytes stands where a short one belongs`);
    this.#textBytes += length;
    if (this.#textBytes > MAX_TEXT_BYTES) throw limit(`${MAX_TEXT_BYTES} bytes of text`);
    return Buffer.from(this.#source.read(offset, length)).toString('utf8');
  }

  #lineString(encoding: 'rawUnicode' | 'quoted'): PickleValue {
    const { offset, length } = this.#cursor.line();
    if (length > SHORT_TEXT_BYTES) return new PickleBlob(this.#source, offset, length, encoding);
    this.#textBytes += length;
    if (this.#textBytes > MAX_TEXT_BYTES) throw limit(`${MAX_TEXT_BYTES} bytes of text`);
    const bytes = this.#source.read(offset, length);
    return shortText(bytes, encoding, this.#source.path);
  }

  #global(module: string, name: string): Constructor {
    const full = `${module}.${name}`;
    const found = this.#options.constructors.get(full);
    if (found) return found;
    this.foreign.add(full);
    return foreignGlobal(full);
  }

  #reduce(callee: PickleValue, args: PickleValue): PickleValue {
    if (!isConstructor(callee)) throw badPickle('something that is no constructor is to be called');
    if (!(args instanceof PyTuple)) throw badPickle('arguments are no tuple');
    this.#charge(args, CHARGED_DEPTH);
    return callee.construct(args.items);
  }

  #setItems(target: PickleValue, items: readonly PickleValue[]): void {
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

  #append(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof ForeignValue) return;
    if (!Array.isArray(target)) throw badPickle('items are appended to something that is no list');
    for (const item of items) target.push(item);
  }

  #frame(): void {
    const length = this.#cursor.u64();
    if (this.#frameEnd >= 0) throw badPickle('a frame starts inside another');
    this.#cursor.need(length);
    this.#frameEnd = this.#cursor.position + length;
  }

  #tuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.#pop());
    this.#push(new PyTuple(items));
  }

  #step(opcode: string): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case '\x80': {
        const protocol = cursor.byte();
        if (protocol > 5) throw badPickle(`protocol ${protocol} is unknown`);
        return;
      }
      case '\x95':
        return this.#frame();
      case '(':
        return this.#push(MARK);
      case '0':
        if (this.#stack.pop() === undefined) throw badPickle('its stack runs empty');
        return;
      case '1':
        this.#popToMark();
        return;
      case '2':
        return this.#push(this.#top());
      case 'N':
        return this.#push(null);
      case '\x88':
        return this.#push(true);
      case '\x89':
        return this.#push(false);
      case 'I': {
        const text = this.#lineText();
        return this.#push(text === '01' ? true : text === '00' ? false : parseDecimal(text));
      }
      case 'L':
        return this.#push(parseDecimal(this.#lineText()));
      case 'J':
        return this.#push(cursor.u32() | 0);
      case 'K':
        return this.#push(cursor.byte());
      case 'M':
        return this.#push(cursor.u16());
      case '\x8a':
        return this.#push(parseLong(cursor, cursor.byte()));
      case '\x8b':
        return this.#push(parseLong(cursor, cursor.u32()));
      case 'F':
        return this.#push(parseFloatText(this.#lineText()));
      case 'G': {
        const bytes = cursor.take(8);
        return this.#push(new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0));
      }
      case 'S':
        return this.#push(this.#lineString('quoted'));
      case 'T':
        return this.#push(this.#string(cursor.u32(), 'latin1'));
      case 'U':
        return this.#push(this.#string(cursor.byte(), 'latin1'));
      case 'V':
        return this.#push(this.#lineString('rawUnicode'));
      case 'X':
        return this.#push(this.#string(cursor.u32(), 'utf8'));
      case '\x8c':
        return this.#push(this.#string(cursor.byte(), 'utf8'));
      case '\x8d':
        return this.#push(this.#string(cursor.u64(), 'utf8'));
      case 'B':
        return this.#push(this.#bytes(cursor.u32()));
      case 'C':
        return this.#push(this.#bytes(cursor.byte()));
      case '\x8e':
      case '\x96':
        return this.#push(this.#bytes(cursor.u64()));
      case ')':
        return this.#push(new PyTuple([]));
      case 't':
        return this.#push(new PyTuple(this.#popToMark()));
      case '\x85':
        return this.#tuple(1);
      case '\x86':
        return this.#tuple(2);
      case '\x87':
        return this.#tuple(3);
      case ']':
      case '\x8f':
        return this.#push([]);
      case 'l':
      case '\x91':
        return this.#push(this.#popToMark());
      case 'a': {
        const item = this.#pop();
        return this.#append(this.#top(), [item]);
      }
      case 'e':
      case '\x90': {
        const items = this.#popToMark();
        return this.#append(this.#top(), items);
      }
      case '}':
        return this.#push(new PyDict());
      case 'd': {
        const items = this.#popToMark();
        const dict = new PyDict();
        this.#setItems(dict, items);
        return this.#push(dict);
      }
      case 's': {
        const value = this.#pop();
        const key = this.#pop();
        return this.#setItems(this.#top(), [key, value]);
      }
      case 'u': {
        const items = this.#popToMark();
        return this.#setItems(this.#top(), items);
      }
      case 'p':
        return this.#remember(asInteger(parseDecimal(this.#lineText()), 'memo index'), this.#top());
      case 'q':
        return this.#remember(cursor.byte(), this.#top());
      case 'r':
        return this.#remember(cursor.u32(), this.#top());
      case '\x94':
        return this.#remember(this.#memo.size, this.#top());
      case 'g':
        return this.#push(this.#recall(asInteger(parseDecimal(this.#lineText()), 'memo index')));
      case 'h':
        return this.#push(this.#recall(cursor.byte()));
      case 'j':
        return this.#push(this.#recall(cursor.u32()));
      case 'c': {
        const module = this.#lineText();
        return this.#push(this.#global(module, this.#lineText()));
      }
      case '\x93': {
        const name = asText(this.#pop(), 'a global');
        return this.#push(this.#global(asText(this.#pop(), 'a module'), name));
      }
      case 'R':
      case '\x81': {
        const args = this.#pop();
        return this.#push(this.#reduce(this.#pop(), args));
      }
      case '\x92': {
        const keywords = this.#pop();
        const args = this.#pop();
        const callee = this.#pop();
        const known = isConstructor(callee) && this.#options.constructors.has(callee.name);
        if (known && !(keywords instanceof PyDict && keywords.entries.size === 0))
          throw hostile('a constructor with keyword arguments');
        return this.#push(this.#reduce(callee, args));
      }
      case 'b': {
        const state = this.#pop();
        const target = this.#top();
        if (target instanceof PickleRecord) {
          this.#charge(state, CHARGED_DEPTH);
          target.setState(state);
        }
        // An OrderedDict's own attributes (a state dict's `_metadata`) are no weights.
        else if (!(target instanceof PyDict)) throw badPickle('state is given to something that takes none');
        return;
      }
      case 'P':
      case 'Q': {
        const id = opcode === 'P' ? this.#lineText() : this.#pop();
        if (!this.#options.persistentLoad) throw hostile('an object outside the file (a persistent id)');
        return this.#push(this.#options.persistentLoad(id));
      }
      case 'i': {
        const module = this.#lineText();
        throw hostile(`an instance of ${module}.${this.#lineText()}`);
      }
      case 'o':
        throw hostile('an instance by the OBJ opcode');
      case '\x82':
      case '\x83':
      case '\x84':
        throw hostile('an object of the extension registry');
      case '\x97':
      case '\x98':
        throw hostile('a buffer outside the file');
      default:
        throw badPickle(`byte 0x${opcode.charCodeAt(0).toString(16)} at ${cursor.position - 1} is no operation`);
    }
  }
}

/**
 * Reads one pickle from `source`.
 * @throws {StudioError} weights.hostile: a global or operation that is not allowed, named
 * @throws {StudioError} weights.damaged; weights.limit: 1,000,000 operations, 10,000 values on the stack, 100,000
 *   remembered
 */
export function readPickle(source: RandomAccess, options: PickleOptions): PickleResult {
  return new Machine(source, options).run();
}
