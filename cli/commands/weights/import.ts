/** `quorum weights import`. */
import type { Command } from 'commander';
import { addInputOptions, inputOf, type InputOptions } from '../../options/inputOptions.ts';
import { withStudio } from '../../session.ts';
import { addNetworkOptions, networkOf, type NetworkOptions } from './networkOptions.ts';
import { describeCard } from './weightsText.ts';

export function addWeightsImportCommand(weights: Command): void {
  addInputOptions(
    addNetworkOptions(
      weights
        .command('import <file>')
        .description('Keep the weights of a file under our names, with their card.')
        .requiredOption('--model <name>', 'network they belong to')
        .option('--name <text>', "default: the file's name"),
    ),
  ).action(
    (path: string, options: NetworkOptions & InputOptions & { model: string; name?: string }, command: Command) =>
      withStudio(command, async (session) => {
        const { name, entry, rename, labels } = options;
        const input = inputOf(options);
        const card = await session.studio.weights.import(
          {
            path,
            network: networkOf(options.model, options),
            ...(entry !== undefined && { entry }),
            ...(rename && { renames: rename }),
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
