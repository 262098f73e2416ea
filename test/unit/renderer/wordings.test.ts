/**
 * What the window and its guide say: every text of templates, scripts and chapters, held against words that were given
 * up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseFile } from 'vue/compiler-sfc';
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

/** Paragraphs of the guide, without code. */
const guide = resolve(root, '../docs/guide');
const chapters: readonly Text[] = readdirSync(guide)
  .filter((name) => name.endsWith('.md'))
  .flatMap((file) =>
    readFileSync(join(guide, file), 'utf8')
      .replace(/```[\s\S]*?```|`[^`]*`/g, '')
      .split(/\n\s*\n|\n(?=[-|\d])/)
      .map((text) => ({ file: `docs/guide/${file}`, text: text.replace(/\s+/g, ' ').trim() })),
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

/** Given up wherever they stand. */
const PHRASES = [
  'What is going on',
  'What is in it',
  'Which was better',
  'What they say together',
  'What is in this file',
  'What is the number',
  'What will happen',
  'where they lie',
  'as they lie',
  'Look inside',
  'Recognise it',
  'One folder a class',
  'What was found',
  'Looked at',
  'a class ·',
  'where the folder brings none',
  'As the network sees it',
  'Leave out',
  'Left out',
  'take back',
  'go by it',
  'by its looks',
  'too good',
  'Mirror at random',
  'as the images',
  'Train a run or import weights to have some',
  'Layers that train',
  'Learning rate, factors',
  'Shape of the network',
  'Parts a batch',
  'Memory of a part',
  'Weight average, decay',
  'Clip gradient norm',
  'Decay biases',
  'Ends at × lr',
  'Most hours',
  'As many seeds',
  'Checkpoints kept',
  'best there is',
  'Try rising rates',
  'Which learning rate?',
  'A step, measured',
  'is no number',
  'do not hold what they must',
  'Go on after a failure',
  'Go on from',
  'Take out of the queue',
  'Saving, then stopping',
  'End at once',
  'What if it had stopped early',
  'would not have stopped it',
  'say what it sees',
  'By other protocols',
  'the columns the decision',
  'taken for',
  'mean of the classes',
  'mean of the images',
  'Share right',
  'Frozen settings',
  'the studio said',
  'all but the seed',
  'Usual ones',
  'Show what is the same',
  'Decides where all differ',
  'one member alone',
  'At least one right',
  'One against the rest',
  'Rescued by the vote',
  'Why the vote',
  'Draw again',
  'in a drawn order',
  'Keep as another',
  'Back to its own rule',
  'Columns beside',
  'how it was made',
  'never run',
  'not said: only look',
  'Side of the images',
  'Fed as',
  'as the weights want',
  'as the file tells',
  'Taken from',
  'Shape there',
  'by more than chance',
  'tell more',
  'taken evenly',
  'Only so many',
  'Measure 1 time',
  'Each with these crops',
  'it never changes its meaning',
  'Keep this protocol',
  'Threads of a job',
  'The engine’s own choice',
  'no tensor left behind',
  'Walk a table',
  'Leap in a table',
  'Close what is open',
  'is gone',
  'There is nothing at this address',
  'The link works once',
] as const;
/** Given up as a text of their own. */
const WHOLE = [
  'Field, px',
  'Fold',
  'Fold all',
  'Find',
  'Why',
  'Gain',
  'Chosen',
  'Right',
  'Figures',
  'Measure',
  'Compare two',
  'several',
  'newest',
  'mixed',
  'Record',
  'Check',
] as const;

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
