/**
 * JSON for headers that come from outside: objects become Maps (so `__proto__` is a key like any other), a key given
 * twice is an error, nesting is bounded. `JSON.parse` would take the last of two equal keys without a word.
 */
export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

const MAX_DEPTH = 64;
/** Some 60,000 tensors; bounds the memory that many small values would take. */
const MAX_VALUES = 500_000;
const PLAIN_STRING = /"[^"\\\x00-\x1f]*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** @throws {SyntaxError} with the position of the first fault */
export function parseStrictJson(text: string): StrictJson {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): StrictJson {
    const result = this.#value(0);
    this.#skip();
    if (this.#at !== this.#text.length) this.#fail('text after the end');
    return result;
  }

  #value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels of nesting`);
    this.#values += 1;
    if (this.#values > MAX_VALUES) this.#fail(`more than ${MAX_VALUES} values`);
    this.#skip();
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      default:
        return this.#wordOrNumber();
    }
  }

  #object(depth: number): Map<string, StrictJson> {
    const out = new Map<string, StrictJson>();
    this.#items('{', '}', () => {
      this.#skip();
      const key = this.#string();
      if (out.has(key)) this.#fail(`key ${JSON.stringify(key)} given twice, the second`);
      this.#skip();
      this.#take(':');
      out.set(key, this.#value(depth + 1));
    });
    return out;
  }

  #array(depth: number): StrictJson[] {
    const out: StrictJson[] = [];
    this.#items('[', ']', () => out.push(this.#value(depth + 1)));
    return out;
  }

  /** What stands between two brackets, separated by commas. */
  #items(open: string, close: string, item: () => void): void {
    this.#take(open);
    this.#skip();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      this.#skip();
      if (this.#text[this.#at] !== ',') break;
      this.#at += 1;
    }
    this.#take(close);
  }

  #string(): string {
    const start = this.#at;
    PLAIN_STRING.lastIndex = start;
    if (PLAIN_STRING.test(this.#text)) {
      this.#at = PLAIN_STRING.lastIndex;
      return this.#text.slice(start + 1, this.#at - 1);
    }
    this.#take('"');
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail('unfinished string');
      this.#at += char === '\\' ? 2 : 1;
      if (char === '"') break;
    }
    // The slice is one JSON string; JSON.parse checks its escapes and control characters.
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #wordOrNumber(): StrictJson {
    for (const [word, meaning] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return meaning;
      }
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) return this.#fail('a value expected');
    this.#at = NUMBER.lastIndex;
    return Number(match[0]);
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #take(expected: string): void {
    if (this.#text[this.#at] !== expected) this.#fail(`"${expected}" expected`);
    this.#at += 1;
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at character ${this.#at}`);
  }
}
