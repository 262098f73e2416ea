/**
 * `npm run docs`: the user guide as pages that any browser opens, in `dist/guide`; they need no network and no
 * script.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CHAPTERS, guideHtml, guideTitle } from './guideMarkdown.ts';

const root = resolve(import.meta.dirname, '../..');
const source = join(root, 'docs/guide');
const target = join(root, 'dist/guide');

const addressOf = (chapter: string): string => (chapter === 'README' ? 'index.html' : `${chapter}.html`);

function page(chapter: string, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(chapter) ?? '';
  const places = [...texts].map(([name, one]) => {
    const here = name === chapter ? ' aria-current="page"' : '';
    return `<li><a href="${addressOf(name)}"${here}>${guideTitle(one)}</a></li>`;
  });
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${guideTitle(text)} · Quorum</title>`,
    '<link rel="stylesheet" href="guide.css">',
    `<nav aria-label="Chapters"><ul>${places.join('')}</ul></nav>`,
    `<main>${guideHtml(text, addressOf)}</main>`,
    '</html>',
    '',
  ].join('\n');
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const texts = new Map(CHAPTERS.map((name) => [name, readFileSync(join(source, `${name}.md`), 'utf8')]));
for (const chapter of CHAPTERS) writeFileSync(join(target, addressOf(chapter)), page(chapter, texts));
cpSync(join(import.meta.dirname, 'guide.css'), join(target, 'guide.css'));
if (existsSync(join(source, 'images'))) cpSync(join(source, 'images'), join(target, 'images'), { recursive: true });
console.log(`The guide is in ${target}: open ${join(target, 'index.html')}.`);
