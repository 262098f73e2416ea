/** Options of `quorum train` for fine-tuning: weights to start from, what loads, what trains, how fast. */
import { type Command, InvalidArgumentError } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import type { TensorRename } from '../../contract/weights/tensorRename.ts';
import { renames } from './renameOption.ts';
import { type FineTuning, type FineTuningRequest, parseLrFactors, parseUnfreezing } from '../../contract/fineTuning.ts';
import type { RunRequestInput } from '../../contract/runSpec.ts';

export interface FineTuningOptions {
  readonly init?: string;
  readonly initEntry?: string;
  readonly initRename?: TensorRename[];
  readonly initLayers?: string;
  readonly newHead?: boolean;
  readonly freeze?: string;
  readonly trainOnly?: string;
  readonly trainFrom?: string;
  readonly lrGroup?: FineTuning['lrFactors'];
  readonly unfreeze?: FineTuning['unfreeze'];
}

export function addFineTuningOptions(command: Command): Command {
  return command
    .optionsGroup(
      'Fine-tuning (layers by name, several parted by commas; * stands for anything, head for ' +
        'the layers of the classes):',
    )
    .option('--init <weights>', 'start from a weight file, imported weights or a run (run@best, run@last, run@7)')
    .option('--init-entry <name>', 'entry of a training checkpoint, such as state_dict_ema')
    .option('--init-rename <from=to>', 'read a part of its names as another (several times)', renames)
    .option('--init-layers <layers>', 'load only these; default: all but a new head')
    .option('--new-head', 'a new last layer; default: if the classes differ')
    .option('--no-new-head', 'keep the last layer of the weights')
    .option('--freeze <layers>', 'these do not train, nor do their BatchNorm statistics change')
    .option('--train-only <layers>', 'only these train, e.g. head')
    .option('--train-from <layer>', 'only this one and those after it train')
    .option('--lr-group <layers=x[,…]>', 'factors of the learning rate: head=10,conv1*=0.1', lrGroups)
    .option('--unfreeze <epoch:layers[,…]>', 'layers to unfreeze after that many epochs: 2:conv5*,5:*', unfreezing);
}

export function lrGroups(text: string): FineTuning['lrFactors'] {
  const groups = parseLrFactors(text);
  if (!groups) throw new InvalidArgumentError(`"${text}" is not layers=factor, such as head=10,conv1*=0.1.`);
  return groups;
}

export function unfreezing(text: string): FineTuning['unfreeze'] {
  const phases = parseUnfreezing(text);
  if (!phases) throw new InvalidArgumentError(`"${text}" is not epoch:layers, such as 2:conv5*,5:*.`);
  return phases;
}

/**
 * The choices over those of `base`; undefined where neither makes any. `from` is what `--init` was found to mean.
 * @throws {StudioError} input.invalid: for options that contradict each other
 */
export function fineTuningSettings(
  options: FineTuningOptions,
  base: unknown,
  from: FineTuningRequest['from'] | undefined,
): RunRequestInput['fineTuning'] {
  const { initEntry, initRename, initLayers, newHead, freeze, trainOnly, trainFrom, lrGroup, unfreeze } = options;
  const ways = [freeze, trainOnly, trainFrom].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new StudioError(
      'input.invalid',
      '--freeze, --train-only and --train-from are three ways to say what trains.',
      { remedy: 'Give one of them.' },
    );
  if ((initEntry !== undefined || initRename) && from?.kind !== 'file')
    throw new StudioError(
      'input.invalid',
      `${initRename ? '--init-rename' : '--init-entry'} is about a weight file, and --init names none.`,
      { remedy: 'Leave it out.' },
    );
  const trains =
    freeze !== undefined
      ? { kind: 'except' as const, layers: freeze }
      : trainOnly !== undefined
        ? { kind: 'only' as const, layers: trainOnly }
        : trainFrom !== undefined
          ? { kind: 'from' as const, layer: trainFrom }
          : undefined;
  const source =
    from?.kind === 'file'
      ? { ...from, ...(initEntry !== undefined && { entry: initEntry }), ...(initRename && { renames: initRename }) }
      : from;
  const said = Object.fromEntries(
    Object.entries({ from: source, loads: initLayers, newHead, trains, lrFactors: lrGroup, unfreeze }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (Object.keys(said).length === 0) return base as RunRequestInput['fineTuning'];
  return { ...(typeof base === 'object' && base !== null ? base : {}), ...said };
}
