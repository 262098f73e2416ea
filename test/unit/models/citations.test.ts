import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bibtexOf, bibtexOfPage } from '../../../core/models/citations.ts';
import { listModels } from '../../../core/models/registry.ts';

const CATALOGUE = join(import.meta.dirname, '../../../resources/catalogue');
const Entries = z.object({ entries: z.array(z.object({ paper: z.string().nullable() })) });

test('every paper that a card or the catalogue names is cited, under a key of its own', () => {
  const published = readdirSync(CATALOGUE).flatMap(
    (file) => Entries.parse(JSON.parse(readFileSync(join(CATALOGUE, file), 'utf8'))).entries,
  );
  const papers = new Set([...listModels(), ...published].flatMap(({ paper }) => paper ?? []));
  const without = [...papers].filter((paper) => bibtexOf(paper) === null);
  // no paper of theirs: the authors published code alone
  expect(without).toEqual(['https://github.com/soeaver/caffe-model']);
  const keys = [...papers].flatMap((paper) => /^@article\{([\w]+),/.exec(bibtexOf(paper) ?? '')?.[1] ?? []);
  expect(keys).toHaveLength(papers.size - 1);
  expect(new Set(keys).size).toBe(keys.length);
});

test('an entry is whole, and no title breaks out of it', () => {
  expect(bibtexOf('https://arxiv.org/abs/1409.1556')).toBe(
    [
      '@article{simonyan2015vgg,',
      '  author = {Simonyan, Karen and Zisserman, Andrew},',
      '  title = {{Very Deep Convolutional Networks for Large-Scale Image Recognition}},',
      '  journal = {ICLR},',
      '  year = {2015},',
      '  url = {https://arxiv.org/abs/1409.1556}',
      '}',
    ].join('\n'),
  );
  const entry = bibtexOfPage('a}\\b, c', '}\\input{x} 50 % & <b>', 'https://example.org');
  expect(entry).toContain('@misc{abc,');
  expect(entry).toContain(String.raw`title = {{inputx 50 \% \& $<$b$>$}},`);
});
