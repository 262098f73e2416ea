/** Options that say which network a weight file is for. */
import type { Command } from 'commander';
import type { ImportWeightsRequest } from '../../../core/studio/weights/importWeights.ts';
import { decimalNumber, wholeNumber } from '../../options/optionValues.ts';
import { addRenameOption, type RenameOptions } from '../../options/renameOption.ts';

export interface NetworkOptions extends RenameOptions {
  readonly entry?: string;
  readonly size?: number;
  readonly classes?: number;
  readonly channels?: number;
  readonly widthFactor?: number;
  readonly depthFactor?: number;
  readonly headWidth?: number;
  readonly poolGrid?: number;
  readonly smallInput?: boolean;
}

/** Those that say something of the network, as commander names their values. */
export const SHAPE_OPTIONS = [
  'size',
  'classes',
  'channels',
  'widthFactor',
  'depthFactor',
  'headWidth',
  'poolGrid',
  'smallInput',
];

export interface InsistOption {
  readonly insist?: boolean;
}

export function addInsistOption(command: Command): Command {
  return command.option('--insist', 'accept weights that fit by shape although their names belong to another network');
}

export function addNetworkOptions(command: Command): Command {
  return addRenameOption(command)
    .option('--entry <name>', 'entry of a training checkpoint, such as state_dict_ema')
    .option('--size <pixels>', "side that the weights were trained at; default: the network's own", wholeNumber)
    .option('--classes <n>', 'default: what the file has', wholeNumber)
    .option('--channels <n>', 'default: what the file has', wholeNumber)
    .option('--width-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--depth-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--head-width <n>', 'as the weights were trained', wholeNumber)
    .option('--pool-grid <n>', 'as the weights were trained', wholeNumber)
    .option('--small-input', 'as the weights were trained');
}

export function networkOf(
  model: string,
  { size, classes, channels, widthFactor, depthFactor, headWidth, poolGrid, smallInput }: NetworkOptions,
): ImportWeightsRequest['network'] {
  return {
    model,
    ...(size !== undefined && { size }),
    ...(classes !== undefined && { classes }),
    ...(channels !== undefined && { channels }),
    options: {
      ...(widthFactor !== undefined && { widthFactor }),
      ...(depthFactor !== undefined && { depthFactor }),
      ...(headWidth !== undefined && { headWidth }),
      ...(poolGrid !== undefined && { poolGrid }),
      ...(smallInput !== undefined && { smallInput }),
    },
  };
}
