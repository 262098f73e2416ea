/** `quorum dataset import`. */
import { type Command, Option } from 'commander';
import { LayoutName, type ListDelimiter, NestedRule, SplitNamedRule } from '../../../contract/dataset.ts';
import type { ValueRangeRule } from '../../../contract/valueRange.ts';
import { decimalNumber, valueRangeRule, wholeNumber } from '../../options/optionValues.ts';
import { withStudio } from '../../session.ts';
import { describeCard } from './datasetText.ts';

/** As a shell writes them. */
const DELIMITERS = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  bar: '|',
  blank: ' ',
} as const satisfies Record<string, ListDelimiter>;

interface ImportCommandOptions {
  readonly name?: string;
  readonly layout: string;
  readonly valFraction?: number;
  readonly testFraction?: number;
  readonly splitSeed?: number;
  readonly nested?: string;
  readonly pathColumn?: string;
  readonly labelColumn?: string;
  readonly splitColumn?: string;
  readonly images?: string;
  readonly encoding?: string;
  readonly delimiter?: keyof typeof DELIMITERS;
  readonly splitNamed?: SplitNamedRule;
  readonly valueRange?: ValueRangeRule;
}

export function addDatasetImportCommand(dataset: Command): void {
  dataset
    .command('import <path>')
    .description(
      'Import a folder of images, an archive (zip, tar, tar.gz) of one, or a list of images ' +
        '(CSV, TSV, text, JSON lines); the layout is detected automatically.',
    )
    .option('--name <text>', "default: the folder's name")
    .addOption(
      new Option('--layout <name>', 'layout of the folder').choices(['auto', ...LayoutName.options]).default('auto'),
    )
    .option(
      '--val-fraction <share>',
      'share held back for validation where the layout has none; default 0.2',
      decimalNumber,
    )
    .option('--test-fraction <share>', 'share held back for testing; default 0', decimalNumber)
    .option('--split-seed <n>', 'decides which images are held back; default 0', wholeNumber)
    .addOption(
      new Option(
        '--nested <rule>',
        'folders inside of class folders: first = the outer folder is the class, leaf = each folder with images',
      ).choices(NestedRule.options),
    )
    .option('--path-column <name>', 'column of a list that names the image files; a name, or a number from 1')
    .option('--label-column <name>', 'column of a list that holds the class')
    .option('--split-column <name>', 'column of a list that holds the split: words, true or false for val, or folds')
    .option('--images <folder>', "folder of a list's images, relative to the list")
    .option('--encoding <name>', 'encoding of a list: utf-8, windows-1252, shift_jis …; default: detected')
    .addOption(
      new Option('--delimiter <sign>', 'what separates the columns of a list; default: detected').choices(
        Object.keys(DELIMITERS),
      ),
    )
    .addOption(
      new Option(
        '--split-named <rule>',
        'class folders called like a split (test, val …): classes, test = images to predict on, or leave-out',
      ).choices(SplitNamedRule.options),
    )
    .option(
      '--value-range <rule>',
      'how samples wider than a byte (floating point, signed, 16 and 32 bits) become bytes: data = the least value of ' +
        'the training images is black and the greatest white, percentiles = the 0.5th and the 99.5th, or LOW,HIGH; ' +
        'default: 16 bits by their whole range, others are put aside',
      valueRangeRule,
    )
    .action((path: string, options: ImportCommandOptions, command: Command) =>
      withStudio(command, async (session) => {
        const card = await session.studio.datasets.import(importRequest(path, options), session.work);
        session.print(card, describeCard(card));
      }),
    );
}

function importRequest(path: string, options: ImportCommandOptions): unknown {
  const { name, layout, valFraction, testFraction, splitSeed, nested, splitNamed, valueRange } = options;
  const { pathColumn, labelColumn, splitColumn, images, encoding } = options;
  const delimiter = options.delimiter === undefined ? undefined : DELIMITERS[options.delimiter];
  return {
    path,
    layout,
    fractions: {
      ...(valFraction !== undefined && { val: valFraction }),
      ...(testFraction !== undefined && { test: testFraction }),
      ...(splitSeed !== undefined && { seed: splitSeed }),
    },
    list: { pathColumn, labelColumn, splitColumn, images, encoding, delimiter },
    ...(name !== undefined && { name }),
    ...(nested !== undefined && { nested }),
    ...(splitNamed !== undefined && { splitNamed }),
    ...(valueRange !== undefined && { valueRange }),
  };
}
