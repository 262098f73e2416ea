/** Options of `quorum train` for the settings of a run, made from the table of settings. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import type { Choice, Setting, SettingGroup } from '../../contract/setting.ts';
import {
  isAsked,
  pathOf,
  SETTING_ROWS,
  SETTINGS,
  type SettingName,
  type SettingRowOf,
} from '../../contract/settings.ts';
import { isSettingTree, parentOf, type SettingTree, valueAt, withValueAt } from '../../pure/settingPath.ts';
import { deviceOption } from './deviceOption.ts';
import { decimalList, decimalNumbers, wholeList, wholeNumbers } from './optionValues.ts';

type FlagName<Flag extends string> = Flag extends `${infer Name} ${string}` ? Name : Flag;
type CamelCase<Words extends string> = Words extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Words;
type OptionValue<Row> = Row extends { kind: 'number'; bare: number }
  ? number | true
  : Row extends { kind: 'number' }
    ? number
    : Row extends { kind: 'switch' }
      ? boolean
      : Row extends { kind: 'list' }
        ? readonly number[]
        : string;
type OptionName<Name extends SettingName> =
  SettingRowOf<Name> extends { flag: infer Flag extends string } ? CamelCase<FlagName<Flag>> : never;

/** As commander parses them. */
export type SettingOptions = {
  readonly [Name in SettingName as OptionName<Name>]?: OptionValue<SettingRowOf<Name>>;
} & {
  readonly classWeights?: string | readonly number[];
  readonly colorJitter?: readonly number[];
};

const camelCase = (words: string): string => words.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const kebabCase = (words: string): string => words.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option as it is written, from the name commander gives its value. */
export const optionFlag = (option: string): string => `--${kebabCase(option)}`;

/** How the command line calls a setting, without dashes; null for one that it has no option for. */
function flagOf({ flag }: Setting): string | null {
  return flag?.split(' ')[0] ?? null;
}

const wordOf = ({ value, word }: Choice): string => word ?? kebabCase(value);

interface OptionRow {
  readonly name: SettingName;
  readonly row: Setting;
  readonly flag: string;
  /** As commander names its value. */
  readonly option: string;
}

/** Those that the command line has an option for. */
const OPTION_ROWS: readonly OptionRow[] = SETTING_ROWS.flatMap(([name, row]) => {
  const flag = flagOf(row);
  return flag === null ? [] : [{ name, row, flag, option: camelCase(flag) }];
});

/** Options whose value is a list by nature, and no grid. */
export const LIST_OPTIONS: ReadonlySet<string> = new Set([
  ...OPTION_ROWS.flatMap(({ row, option }) => (row.kind === 'list' ? [option] : [])),
  'classWeights',
  'colorJitter',
]);

/** The setting that an option decides, by the name commander gives it; null for another kind of option. */
export function pathOfOption(option: string): string | null {
  if (option === 'classWeights') return SETTINGS.classWeights.path;
  if (option === 'colorJitter') return SETTINGS.jitter.path;
  return OPTION_ROWS.find((row) => row.option === option)?.row.path ?? null;
}

const GROUPS: Readonly<Record<SettingGroup, string>> = {
  network: 'Architecture:',
  data: 'Input and augmentation:',
  optimisation: 'Optimisation:',
  stopping: 'Duration, checkpoints, device:',
};

export function addSettingOptions(command: Command): void {
  for (const [group, heading] of Object.entries(GROUPS)) {
    command.optionsGroup(heading);
    for (const one of OPTION_ROWS) if (one.row.group === group) command.addOption(settingOption(one));
    if (group === 'data') addOptionsOfSeveralParts(command);
  }
}

/** One option each for what the form shows as several fields, or as one field of several strengths. */
function addOptionsOfSeveralParts(command: Command): void {
  command
    .option('--color-jitter <b,c,s,h>', 'strength of brightness, contrast, saturation and hue jitter', decimalList)
    .option('--class-weights <kind>', 'none, balanced, sqrt, or one number per class: 1,0.5,2', classWeights);
}

function classWeights(text: string): string | number[] {
  if (text === 'none' || text === 'balanced' || text === 'sqrt') return text;
  if (!/^[\d.]/.test(text)) throw new InvalidArgumentError('Enter none, balanced, sqrt, or one number per class.');
  return decimalList(text);
}

function settingOption({ name, row }: OptionRow): Option {
  if (name === 'device') return deviceOption(helpOf(row));
  const option = new Option(`--${row.flag}`, helpOf(row));
  switch (row.kind) {
    case 'number':
      return option.argParser(row.range.whole ? wholeNumbers : decimalNumbers);
    case 'list':
      return option.argParser(row.range.whole ? wholeList : decimalList);
    case 'choice':
      return option.choices(row.choices.map(wordOf));
    case 'switch':
      return option;
  }
}

function helpOf(row: Setting): string {
  const help = row.help ?? row.label;
  const initial = row.kind === 'choice' ? wordOfValue(row.choices, row.initial) : row.initial;
  const hasDefault =
    (row.kind === 'choice' || (row.kind === 'number' && !row.switchesOn)) && initial !== null && initial !== 'auto';
  const standard = hasDefault && !help.includes('default') ? `; default ${initial}` : '';
  return `${help}${standard}${row.when && !row.switchesOn ? ` (${conditionOf(row)})` : ''}`;
}

function wordOfValue(choices: readonly Choice[], value: string): string {
  return wordOf(choices.find((choice) => choice.value === value)!);
}

/** What has to be chosen for a setting to count, as options say it. */
function conditionOf({ when }: Setting): string {
  const other = SETTINGS[when!.setting as SettingName] as Setting;
  if (other.kind === 'choice') {
    const words = when!.is.map((value) => wordOfValue(other.choices, String(value)));
    return `with --${flagOf(other)} ${words.join(', ')}`;
  }
  const switching = OPTION_ROWS.find(({ row }) => row.switchesOn && row.when?.setting === when!.setting)!;
  return `with --${switching.flag}`;
}

/**
 * The settings that `options` name, over `base`.
 * @throws {StudioError} input.invalid: for an option that means nothing beside the others
 */
export function settingsOf(options: SettingOptions, base: SettingTree): SettingTree {
  const given = OPTION_ROWS.filter(({ option }) => valueAt(options, option) !== undefined);
  // what the others depend on comes first
  const rank = ({ row }: OptionRow): number => (!row.when ? 0 : row.switchesOn ? 1 : 2);
  const ordered = given.toSorted((a, b) => rank(a) - rank(b));
  let settings = base;
  for (const one of ordered) settings = withOption(settings, one, valueAt(options, one.option));
  if (options.classWeights !== undefined) settings = withValueAt(settings, 'classWeights', options.classWeights);
  if (options.colorJitter) settings = withValueAt(settings, SETTINGS.jitter.path, jitterOf(options.colorJitter));
  requireMilestones(settings);
  return settings;
}

function withOption(settings: SettingTree, { row, flag }: OptionRow, given: unknown): SettingTree {
  const valueOf = (name: SettingName): unknown => chosenIn(settings, name);
  if (!row.switchesOn && !isAsked(row, valueOf))
    throw new StudioError('input.invalid', `--${flag} has no effect here: it counts ${conditionOf(row)}.`, {
      remedy: 'Add that option, or leave this one out.',
    });
  const path = pathOf(row, valueOf);
  if (row.kind === 'number' && row.zeroIsOff && given === 0) return withValueAt(settings, parentOf(path) ?? path, null);
  const value = valueOfOption(row, given);
  // another kind brings its own settings
  if (path.endsWith('.kind') && valueAt(settings, path) !== value)
    return withValueAt(settings, parentOf(path)!, { kind: value });
  return withValueAt(withKind(settings, row), path, value);
}

/** A setting of the usual optimizer or schedule needs that one named. */
function withKind(settings: SettingTree, { when }: Setting): SettingTree {
  const kind = when && SETTINGS[when.setting as SettingName];
  if (kind?.kind !== 'choice' || !kind.path.endsWith('.kind')) return settings;
  return withValueAt(settings, kind.path, valueAt(settings, kind.path) ?? kind.initial);
}

/** What the settings say so far, as the form would show it. */
function chosenIn(settings: SettingTree, name: SettingName): unknown {
  const row: Setting = SETTINGS[name];
  const value = valueAt(settings, row.path);
  return row.kind === 'switch' ? isSettingTree(value) || value === true : (value ?? row.initial);
}

/** Settings that `auto` leaves to the data, the weights or the network. */
const OPEN: ReadonlySet<string> = new Set([SETTINGS.color.path, SETTINGS.gridPooling.path]);

function valueOfOption(row: Setting, given: unknown): unknown {
  switch (row.kind) {
    case 'number':
      return given === true ? row.bare : given;
    case 'switch':
      return row.on ?? true;
    case 'choice': {
      // a GPU of this machine is in no table
      const value = row.choices.find((choice) => wordOf(choice) === given)?.value ?? given;
      return OPEN.has(row.path) && value === 'auto' ? undefined : value;
    }
    case 'list':
      return given;
  }
}

function jitterOf(strengths: readonly number[]): SettingTree {
  const [brightness, contrast, saturation, hue, ...rest] = strengths;
  if (rest.length > 0)
    throw new StudioError(
      'input.invalid',
      '--color-jitter takes four numbers at most: brightness, contrast, saturation, hue.',
    );
  return { brightness, contrast, saturation, hue };
}

function requireMilestones(settings: SettingTree): void {
  if (valueAt(settings, 'schedule.kind') === 'milestones' && valueAt(settings, 'schedule.epochs') === undefined)
    throw new StudioError('input.invalid', '--schedule milestones needs the epochs of the drops.', {
      remedy: 'Add --milestones 30,60,80.',
    });
}
