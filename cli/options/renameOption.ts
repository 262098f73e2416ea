/** `--rename FROM=TO`: names of a weight file that are not known here. */
import { type Command, InvalidArgumentError } from 'commander';
import type { TensorRename } from '../../contract/weights/tensorRename.ts';

export interface RenameOptions {
  readonly rename?: TensorRename[];
}

/** Several times for several parts of names, in this order. */
export function addRenameOption(command: Command): Command {
  return command.option(
    '--rename <from=to>',
    'read a part of the names as another: shortcut.0=downsample.0, encoder= (several times)',
    renames,
  );
}

export function renames(text: string, earlier: readonly TensorRename[] = []): TensorRename[] {
  const cut = text.indexOf('=');
  if (cut < 1) throw new InvalidArgumentError(`"${text}" is not from=to, such as shortcut.0=downsample.0.`);
  return [...earlier, { from: text.slice(0, cut), to: text.slice(cut + 1) }];
}
