import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cliDocs } from '../../../cli/cliDocs.ts';

test('docs/cli.md is what the commands say of themselves (npm run docs:cli)', () => {
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(cliDocs());
});
