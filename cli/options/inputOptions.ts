/** How pictures are fed, where the user says it. */
import { type Command, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { channelsOf, InputColor, type InputSpec } from '../../contract/inputSpec.ts';
import { LabelList } from '../../contract/protocol.ts';
import { decimalList, decimalNumber } from './optionValues.ts';

export interface InputOptions {
  readonly color?: InputColor;
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly labels?: LabelList;
}

export function addInputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--color <order>', 'colours the weights want; default: what their card says').choices(
        InputColor.options,
      ),
    )
    .option('--scale <x>', 'input = (value / scale − mean) / std', decimalNumber)
    .option('--mean <a,b,c>', 'in the order of the colours', decimalList)
    .option('--std <a,b,c>', 'in the order of the colours', decimalList)
    .addOption(new Option('--labels <list>', 'class order of the weights').choices(LabelList.options));
}

/** Undefined when nothing is said. @throws {StudioError} input.invalid: when only a part is */
export function inputOf({ color, scale, mean, std }: InputOptions): InputSpec | undefined {
  if (color === undefined && scale === undefined && mean === undefined && std === undefined) return undefined;
  if (color === undefined)
    throw new StudioError('input.invalid', '--scale, --mean and --std need --color.', {
      remedy: `One of ${InputColor.options.join(', ')}.`,
    });
  const channels = channelsOf({ color });
  return {
    color,
    scale: scale ?? 255,
    mean: mean ?? new Array<number>(channels).fill(0),
    std: std ?? new Array<number>(channels).fill(1),
  };
}
