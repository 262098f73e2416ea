/** Options that count only beside another one: alone they are refused, since they would change nothing. */
import type { Command } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { optionFlag } from './settingOptions.ts';

const isGiven = (command: Command, option: string): boolean => command.getOptionValueSource(option) === 'cli';

/**
 * @param needed an option, as commander names its value
 * @param options those that need it
 * @throws {StudioError} input.invalid: naming what was given without it
 */
export function onlyBeside(command: Command, needed: string, options: readonly string[]): void {
  const given = options.filter((option) => isGiven(command, option));
  if (given.length === 0 || isGiven(command, needed)) return;
  const flags = given.map(optionFlag).join(', ');
  throw new StudioError(
    'input.invalid',
    `${flags} ${given.length === 1 ? 'has' : 'have'} no effect without ${optionFlag(needed)}.`,
    { remedy: `Add ${optionFlag(needed)}, or leave ${given.length === 1 ? 'it' : 'them'} out.` },
  );
}
