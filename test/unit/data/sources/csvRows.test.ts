import { expect, test } from 'vitest';
import { CsvParser } from '../../../../core/data/sources/csvRows.ts';

function* pieces(start: string, megabytes: number): Generator<string> {
  yield start;
  for (let i = 0; i < megabytes; i++) yield 'x'.repeat(2 ** 20);
}

test.each([
  ['a cell', 'path,label\na.png,', 'Line 2 of list.csv has a cell of more than 32,768 characters.'],
  ['a quoted cell', 'path,label\na.png,"', 'Line 2 of list.csv has a quote (") that is never closed.'],
])('%s of 100 MB is refused in a sentence, and read no further', (_, start, message) => {
  let read = 0;
  const counted = function* (): Generator<string> {
    for (const piece of pieces(start, 100)) {
      read += piece.length;
      yield piece;
    }
  };
  const rows = new CsvParser('list.csv', ',').rows(counted());
  expect(rows.next().value).toMatchObject({ cells: ['path', 'label'] });
  expect(() => rows.next()).toThrow(message);
  expect(read).toBeLessThan(2 ** 21);
});
