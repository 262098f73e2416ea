/**
 * `npm run measure:code -- [--all] [FOLDER]`: figures of how the code reads, of this repository or of another checkout
 * of it. The table in docs/architecture.md comes from here. `--all` prints every list to its end.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { projectRoot } from './bootstrap.mjs';

/** Folders of the product: tests and fixtures are not counted. */
const PRODUCT = ['contract', 'pure', 'core', 'cli', 'electron', 'renderer', 'build'];
const LONG_FUNCTION = 60;
const LONG_FILE = 400;
const LISTED = 10;

/** @typedef {{ file: string, text: string, lines: string[] }} Source */
/** @typedef {{ name: string, file: string, line: number, length: number }} FunctionLength */

const { values: options, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
const root = path.resolve(positionals[0] ?? projectRoot);
const sources = readSources();
const lines = sources.flatMap((source) => source.lines);
const filled = lines.filter((line) => line.trim() !== '');
const functions = sources.flatMap(functionLengths).sort((a, b) => b.length - a.length);
const longFunctions = functions.filter(({ length }) => length > LONG_FUNCTION);
const longFiles = sources
  .filter((source) => source.lines.length > LONG_FILE)
  .sort((a, b) => b.lines.length - a.lines.length);
const folders = flatFolders();
const openFiles = await filesOpenedByLayerRules();

/** @type {[string, string][]} */
const table = [
  ['files', String(sources.length)],
  ['lines', String(lines.length)],
  ['lines over 120 columns', share(lines.filter((line) => line.length > 120).length)],
  ['lines over 160 columns', share(lines.filter((line) => line.length > 160).length)],
  ['longest line', String(lines.reduce((longest, line) => Math.max(longest, line.length), 0))],
  [
    'characters a line that is not blank',
    (filled.reduce((sum, line) => sum + line.length, 0) / filled.length).toFixed(1),
  ],
  ['files in the largest flat folder', `${folders[0]?.count} (${folders[0]?.folder})`],
  ['longest function, lines', `${functions[0]?.length} (${functions[0]?.name})`],
  [`functions over ${LONG_FUNCTION} lines`, String(longFunctions.length)],
  [`files over ${LONG_FILE} lines`, String(longFiles.length)],
  ['single files opened by the layer rules', String(openFiles.length)],
];
console.log('| measure | value |\n| --- | --- |');
for (const [measure, value] of table) console.log(`| ${measure} | ${value} |`);

list(
  'Largest flat folders',
  folders.map(({ folder, count }) => `${count} ${folder}`),
);
list(
  'Longest functions',
  longFunctions.map(({ name, file, line, length }) => `${length} ${name} (${file}:${line})`),
);
list(
  'Longest files',
  longFiles.map((source) => `${source.lines.length} ${source.file}`),
);
list('Lines over 120 columns', linesOver(120));
list('Single files opened by the layer rules', openFiles);

/** @returns {Source[]} */
function readSources() {
  return execFileSync('git', ['ls-files', ...PRODUCT], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(ts|mts|cts|mjs|vue)$/.test(file) && existsSync(path.join(root, file)))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return { file, text, lines: text.replace(/\n$/, '').split('\n') };
    });
}

/** @param {number} count */
function share(count) {
  return `${count} (${((100 * count) / lines.length).toFixed(2)} %)`;
}

/** Folders by the number of source files directly in them. */
function flatFolders() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { file } of sources) {
    const folder = path.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].map(([folder, count]) => ({ folder, count })).sort((a, b) => b.count - a.count);
}

/** @param {number} width */
function linesOver(width) {
  return sources.flatMap((source) =>
    source.lines.flatMap((line, at) => (line.length > width ? [`${line.length} ${source.file}:${at + 1}`] : [])),
  );
}

/**
 * The functions of a source with their lines from the signature to the closing brace.
 * @param {Source} source
 * @returns {FunctionLength[]}
 */
function functionLengths({ file, text }) {
  const { script, offset } = scriptOf(file, text);
  const tree = ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  /** @type {FunctionLength[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
      const last = tree.getLineAndCharacterOfPosition(node.end).line;
      found.push({ name: nameOf(node), file, line: first + 1 + offset, length: last - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The script of a Vue component, and how many lines come before it. @param {string} file @param {string} text */
function scriptOf(file, text) {
  if (!file.endsWith('.vue')) return { script: text, offset: 0 };
  const match = /<script[^>]*>/.exec(text);
  if (!match) return { script: '', offset: 0 };
  const start = match.index + match[0].length;
  return {
    script: text.slice(start, text.indexOf('</script>', start)),
    offset: text.slice(0, start).split('\n').length - 1,
  };
}

/** @param {ts.SignatureDeclaration} node @returns {string} */
function nameOf(node) {
  if (node.name) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  if (ts.isCallExpression(parent)) return `argument of ${parent.expression.getText().split('\n')[0]}`;
  return 'anonymous';
}

/** A layer rule that names single files of another layer instead of a folder. @returns {Promise<string[]>} */
async function filesOpenedByLayerRules() {
  const config = await import(pathToFileURL(path.join(root, '.dependency-cruiser.mjs')).href);
  return config.default.allowed.flatMap(
    (/** @type {{ from: { path: string }, to: { path?: string | string[] } }} */ { from, to }) =>
      [to.path ?? []]
        .flat()
        .filter((pattern) => pattern !== from.path && /^\^(?!package).*(\\\.|\|)/.test(pattern) && !isFolders(pattern))
        .map((pattern) => `${from.path} → ${pattern}`),
  );
}

/** `^core/(db|models)/`: whole folders. @param {string} pattern */
function isFolders(pattern) {
  return pattern.endsWith('/') || pattern.startsWith('^node_modules/');
}

/** @param {string} title @param {readonly string[]} rows */
function list(title, rows) {
  if (rows.length === 0) return;
  const shown = options.all ? rows : rows.slice(0, LISTED);
  console.log(`\n${title}${shown.length < rows.length ? ` (${shown.length} of ${rows.length})` : ''}`);
  for (const row of shown) console.log(`  ${row}`);
}
