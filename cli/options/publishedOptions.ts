/**
 * The published command line of the Tiny ImageNet VGG project: `-t -v -b -e -d -c11 -es -i -lr` and their long forms.
 */
import { StudioError } from '../../contract/errors.ts';

/** Single-dash options of several letters, which no common parser reads, and what they are called here. */
const LONG_SHORTS: Readonly<Record<string, string>> = { '-c11': '--conv1_1', '-es': '--early_stopping', '-lr': '--lr' };
const ATTACHED = /^(-es|-lr|-[tvbedi])=?([^=].*)$/;
const SHORTS: Readonly<Record<string, string>> = {
  ...LONG_SHORTS,
  '-t': '--train',
  '-v': '--val',
  '-b': '--batchsize',
  '-e': '--epochs',
  '-d': '--depth',
  '-i': '--imagesize',
};

/**
 * Rewrites `-es 5`, `-lr=1e-3`, `-b50`, `-c11` to long options that every parser reads. Everything after `--` stays as
 * it is, and so do words that are none of these options.
 */
export function rewritePublishedOptions(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  return [...own.flatMap(rewriteOne), ...(end === -1 ? [] : args.slice(end))];
}

function rewriteOne(arg: string): string[] {
  const whole = SHORTS[arg];
  if (whole) return [whole];
  const [, option = '', value = ''] = ATTACHED.exec(arg) ?? [];
  const long = SHORTS[option];
  // A number must follow -es and -lr at once; anything else would take the beginning of another word for them.
  if (!long || ((option === '-es' || option === '-lr') && !/^[0-9.]/.test(value))) return [arg];
  return [`${long}=${value}`];
}

/**
 * The command's name among the arguments: the first word that is no option and no value of one of the program's own.
 */
export function commandName(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--data-dir') at++;
    else if (!arg.startsWith('-')) return arg;
  }
  return undefined;
}

/** Presets of the published project; the four depths are the networks it has. */
const DEPTHS: readonly string[] = ['11', '13', '16', '19'];

/**
 * The network that `-d` and `-c11` mean.
 * @throws {StudioError} input.invalid: for a depth that the project has no network for
 */
export function publishedModel(depth: string | undefined, conv1x1: boolean): string {
  if (depth !== undefined && !DEPTHS.includes(depth))
    throw new StudioError('input.invalid', `-d ${depth}: there are networks of ${DEPTHS.join(', ')} layers.`, {
      remedy: 'Choose one of these, or any other network with --model.',
    });
  if (conv1x1 && depth !== '16')
    throw new StudioError(
      'input.invalid',
      '-c11 replaces 3×3 by 1×1 convolutions in the 16-layer network ' +
        `only${depth ? `, not in that of ${depth} layers` : ''}.`,
      { remedy: 'Add -d 16.' },
    );
  return conv1x1 ? 'vgg16_c1' : `vgg${depth ?? '11'}`;
}
