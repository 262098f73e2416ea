/** What the command line and the host say: help, outputs, errors, warnings and notes, held against words given up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cliDocs } from '../../../cli/cliDocs.ts';
import { PHRASES } from './givenUp.ts';
import { textsOfScript } from './textsOf.ts';

const root = resolve(import.meta.dirname, '../../..');
const texts = ['cli', 'core', 'contract', 'pure', 'electron'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      textsOfScript(readFileSync(join(root, folder, name), 'utf8')).map((text) => ({ file: join(folder, name), text })),
    ),
);

const cliHelp = cliDocs();

test('there are texts to look at', () => {
  expect(texts.length).toBeGreaterThan(5000);
  expect(texts.some(({ text }) => text === 'Your images were not touched.' || text.includes('images compared'))).toBe(
    true,
  );
});

/** A word alone is a code, a name of a property or a part of an address; a text has several. */
test('an image is called an image', () => {
  const sentences = texts.filter(({ text }) => /\bpictures?\b/i.test(text) && /[^\s…]\s|\s[^\s…]/.test(text));
  expect(sentences).toEqual([]);
});

test('an image is called an image in the help', () => {
  expect(cliHelp.match(/.*\bpictures?\b.*/gi)).toBe(null);
});

/** As they were written: in the middle of a sentence most of them are plain English. */
test.each(PHRASES)('nowhere “%s”', (phrase) => {
  expect(texts.filter(({ text }) => text.includes(phrase))).toEqual([]);
  expect(cliHelp.split('\n').filter((line) => line.includes(phrase))).toEqual([]);
});
