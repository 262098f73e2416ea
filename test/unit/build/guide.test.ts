import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CHAPTERS, guideHtml, guideTitle } from '../../../build/guide/guideMarkdown.ts';
import { markdownPages } from '../../../build/guide/markdownPages.ts';
import { CHAPTERS as SHOWN } from '../../../renderer/features/guide/chapters.ts';

const guide = resolve(import.meta.dirname, '../../../docs/guide');
const toPage = (chapter: string): string => `${chapter}.html`;

test('every chapter is listed, in the window and for the pages', () => {
  const files = readdirSync(guide)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.replace('.md', ''));
  expect([...CHAPTERS].sort()).toEqual(files.sort());
  expect(SHOWN.map(({ id }) => id)).toEqual([...CHAPTERS]);
});

test.each(CHAPTERS)('%s has a title, and its images are there', (chapter) => {
  const text = readFileSync(join(guide, `${chapter}.md`), 'utf8');
  expect(guideTitle(text)).not.toBe('');
  const images = [...guideHtml(text, toPage).matchAll(/<img src="([^"]+)"/g)].map(([, src]) => src!);
  expect(images.filter((src) => !existsSync(join(guide, src)))).toEqual([]);
});

test('a link to a chapter leads there, one to another document names it, one to the web opens beside', () => {
  expect(guideHtml('[a](networks.md)', toPage)).toContain('<a href="networks.html">a</a>');
  expect(guideHtml('[a](../cli.md) b', toPage)).toContain('<p>a (<code>docs/cli.md</code>) b</p>');
  expect(guideHtml('[a](https://example.org)', toPage)).toContain(
    '<a href="https://example.org" target="_blank" rel="noopener noreferrer">a</a>',
  );
});

test('HTML and braces of a chapter stay text', () => {
  expect(guideHtml('<script>x</script>', toPage)).toContain('&lt;script&gt;');
  const page = markdownPages().transform('a {{ b }}', '/x/docs/guide/networks.md');
  expect(page?.code).toBe('<template><article class="prose"><p>a &#123;&#123; b }}</p>\n</article></template>');
  expect(markdownPages().transform('a', '/x/docs/other.md')).toBeNull();
});
