/** Every public trouble on its page names a test that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const rows = readFileSync(join(root, 'docs/troubles.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+b? /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('no row is missing', () => {
  expect(rows).toHaveLength(121);
});

test.each(rows.map(([, number, input, does, keeper]) => [`${number} ${input}`, does!, keeper!] as const))(
  '%s',
  (_row, does, keeper) => {
    const [, path, name] = /^`(\S+) › (.+)`$/.exec(keeper) ?? [];
    if (path === undefined || name === undefined) {
      expect(does).toMatch(/^no test: /);
      return;
    }
    const file = join(root, 'test/unit', `${path}.test.ts`);
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8').replaceAll("\\'", "'")).toContain(name);
  },
);
