/** `quorum weights import`. */
import type { Command } from 'commander';
import { addInputOptions, inputOf, type InputOptions } from '../../options/inputOptions.ts';
import { withStudio } from '../../session.ts';
import {
  addInsistOption,
  addNetworkOptions,
  type InsistOption,
  networkOf,
  type NetworkOptions,
} from './networkOptions.ts';
import { describeCard } from './weightsText.ts';

interface ImportOptions extends NetworkOptions, InputOptions, InsistOption {
  readonly model: string;
  readonly name?: string;
}

export function addWeightsImportCommand(weights: Command): void {
  addInputOptions(
    addNetworkOptions(
      addInsistOption(
        weights
          .command('import <file>')
          .description('Import a weight file and store it with its card.')
          .requiredOption('--model <name>', 'network they belong to')
          .option('--name <text>', "default: the file's name"),
      ),
    ),
  ).action((path: string, options: ImportOptions, command: Command) =>
    withStudio(command, async (session) => {
      const { name, entry, rename, insist, labels } = options;
      const input = inputOf(options);
      const card = await session.studio.weights.import(
        {
          path,
          network: networkOf(options.model, options),
          ...(entry !== undefined && { entry }),
          ...(rename && { renames: rename }),
          ...(insist && { insist }),
          ...(name !== undefined && { name }),
          ...(input && { input }),
          ...(labels && { labels }),
        },
        session.work,
      );
      session.print(card, describeCard(card));
    }),
  );
}
