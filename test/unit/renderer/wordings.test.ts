/**
 * What the window, its guide and the README say: every text of templates, scripts and chapters, held against words that were given
 * up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseFile } from 'vue/compiler-sfc';
import { PHRASES, WHOLE } from '../wordings/givenUp.ts';
import { textsOfScript } from '../wordings/textsOf.ts';

const root = resolve(import.meta.dirname, '../../../renderer');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name));

interface Text {
  readonly file: string;
  readonly text: string;
}

/** Attributes whose value is read by people. */
const READ = /^(title|label|text|placeholder|alt|hint|subtitle|caption|aria-.+|unit|open)$/;

/** Text nodes and read attributes of a template; expressions are searched as scripts are. */
function textsOfTemplate(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, content, props, children, branches, exp, value, name } = node as Record<string, unknown>;
  // compiler-core's node types: 2 text, 5 interpolation, 6 attribute, 7 directive
  if (type === 2) return [String(content)];
  if (type === 5) return textsOfScript(String((content as { content: string }).content));
  if (type === 6) return READ.test(String(name)) && value ? [(value as { content: string }).content] : [];
  if (type === 7) return exp ? textsOfScript(String((exp as { content: string }).content)) : [];
  return [props, children, branches].flatMap((list) => (Array.isArray(list) ? list.flatMap(textsOfTemplate) : []));
}

/** Paragraphs of the guide, of the README and of what is said of accuracy, without code. */
const top = resolve(root, '..');
const guide = readdirSync(join(top, 'docs/guide')).filter((name) => name.endsWith('.md'));
const chapters: readonly Text[] = [
  'README.md',
  'docs/accuracy.md',
  ...guide.map((name) => `docs/guide/${name}`),
].flatMap((file) =>
  readFileSync(join(top, file), 'utf8')
    .replace(/```[\s\S]*?```|`[^`]*`/g, '')
    .split(/\n\s*\n|\n(?=[-|\d])/)
    .map((text) => ({ file, text: text.replace(/\s+/g, ' ').trim() })),
);

const ofWindow: readonly Text[] = files.flatMap((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  if (file.endsWith('.ts')) return textsOfScript(source).map((text) => ({ file, text }));
  const { template, script, scriptSetup } = parseFile(source).descriptor;
  return [
    ...textsOfTemplate(template?.ast),
    ...textsOfScript(script?.content ?? ''),
    ...textsOfScript(scriptSetup?.content ?? ''),
  ].map((text) => ({ file, text: text.replace(/\s+/g, ' ').trim() }));
});

const texts: readonly Text[] = [...ofWindow, ...chapters];

describe('the words of the window and the guide', () => {
  test('there are texts to look at', () => {
    expect(texts.length).toBeGreaterThan(1000);
    expect(texts.some(({ text }) => text === 'Import a folder')).toBe(true);
    expect(texts.some(({ text }) => text.includes('Images per class'))).toBe(true);
  });
  test.each(PHRASES)('nowhere “%s”', (phrase) => {
    expect(texts.filter(({ text }) => text.toLowerCase().includes(phrase.toLowerCase()))).toEqual([]);
  });
  test.each(WHOLE)('never just “%s”', (word) => {
    expect(texts.filter(({ text }) => text === word)).toEqual([]);
  });
  test('an image is called an image', () => {
    const shown = texts.filter(({ text }) => /pictures?\b/i.test(text) && !ADDRESSES.test(text));
    expect(shown).toEqual([]);
  });
});

/** Codes and names of the contract, which nobody reads. */
const ADDRESSES = /^[\w.]*pictures?[\w.]*$/;
