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

/** Throws SyntaxError with the position of the first fault. */
export function parseStrictJson(text: string): StrictJson {
  let at = 0;
  let values = 0;

  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at character ${at}`);
  };
  const skip = (): void => {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  };
  const take = (expected: string): void => {
    if (text[at] !== expected) fail(`"${expected}" expected`);
    at++;
  };

  const string = (): string => {
    const start = at;
    PLAIN_STRING.lastIndex = at;
    if (PLAIN_STRING.test(text)) {
      at = PLAIN_STRING.lastIndex;
      return text.slice(start + 1, at - 1);
    }
    take('"');
    for (;;) {
      const char = text[at];
      if (char === undefined) fail('unfinished string');
      at += char === '\\' ? 2 : 1;
      if (char === '"') break;
    }
    // The slice is one JSON string; JSON.parse checks its escapes and control characters.
    return JSON.parse(text.slice(start, at)) as string;
  };

  const value = (depth: number): StrictJson => {
    if (depth > MAX_DEPTH) fail(`more than ${MAX_DEPTH} levels of nesting`);
    if (++values > MAX_VALUES) fail(`more than ${MAX_VALUES} values`);
    skip();
    const char = text[at];
    if (char === '"') return string();
    if (char === '{') {
      const out = new Map<string, StrictJson>();
      at++;
      skip();
      if (text[at] === '}') {
        at++;
        return out;
      }
      for (;;) {
        skip();
        const key = string();
        if (out.has(key)) fail(`key ${JSON.stringify(key)} given twice, the second`);
        skip();
        take(':');
        out.set(key, value(depth + 1));
        skip();
        if (text[at] === ',') {
          at++;
          continue;
        }
        take('}');
        return out;
      }
    }
    if (char === '[') {
      const out: StrictJson[] = [];
      at++;
      skip();
      if (text[at] === ']') {
        at++;
        return out;
      }
      for (;;) {
        out.push(value(depth + 1));
        skip();
        if (text[at] === ',') {
          at++;
          continue;
        }
        take(']');
        return out;
      }
    }
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (!match) return fail('a value expected');
    at = NUMBER.lastIndex;
    return Number(match[0]);
  };

  const result = value(0);
  skip();
  if (at !== text.length) fail('text after the end');
  return result;
}
