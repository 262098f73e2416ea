import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../core/formats/strictJson.ts';

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads, with Maps for objects', () => {
    expect(parseStrictJson(' {"a" : [1, -2.5e3, true, null, "x\\u00e9\\n"], "__proto__": {}} ')).toEqual(
      new Map<string, unknown>([
        ['a', [1, -2500, true, null, 'xé\n']],
        ['__proto__', new Map()],
      ]),
    );
    expect(parseStrictJson('"a\\"b"')).toBe('a"b');
    expect(parseStrictJson('[]')).toEqual([]);
  });

  it.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '01',
    '1.',
    '+1',
    'NaN',
    'tru',
    '"a',
    '"\\x"',
    '"a\nb"',
    '[1] 2',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    `${'['.repeat(70)}${']'.repeat(70)}`,
    `[${'1,'.repeat(500_000)}1]`,
  ])('refuses %.30s', (text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });
});
