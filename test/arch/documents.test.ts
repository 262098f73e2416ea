/** Documents name files, folders, scripts and commands that are there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageCard from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(docs\/|[^/]+\.md$)/.test(file) && existsSync(join(root, file)));

/** A path of the repository in a document's text; `<kind>`, `*` and `…` stand for what differs. */
const SOURCE = /^(contract|pure|core|cli|electron|renderer|build|test|resources|docs)\/[\w./-]+$/;
const README_LINES = 120;

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const codeIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);

describe.each(documents)('%s', (file) => {
  test('its links lead somewhere', () => {
    const links = [...textOf(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!);
    const lost = links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(file), link)));
    expect(lost).toEqual([]);
  });

  test('the files and folders it names are there', () => {
    const lost = codeIn(textOf(file)).filter((code) => SOURCE.test(code) && !existsSync(join(root, code)));
    expect(lost).toEqual([]);
  });

  test('the scripts it names are there', () => {
    const scripts = [...textOf(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(scripts.filter((name) => !Object.hasOwn(packageCard.scripts, name))).toEqual([]);
  });
});

test('the first page is short', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(README_LINES);
});
