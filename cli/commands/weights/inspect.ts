/** `quorum weights inspect`. */
import type { Command } from 'commander';
import { onlyBeside } from '../../options/onlyBeside.ts';
import { withStudio } from '../../session.ts';
import {
  addInsistOption,
  addNetworkOptions,
  type InsistOption,
  networkOf,
  type NetworkOptions,
  SHAPE_OPTIONS,
} from './networkOptions.ts';
import { describeInspection } from './weightsText.ts';

export function addWeightsInspectCommand(weights: Command): void {
  addNetworkOptions(
    addInsistOption(
      weights
        .command('inspect <file>')
        .description('Show what a weight file contains, and how it fits a network.')
        .option('--model <name>', 'network to fit it to'),
    ),
  ).action((path: string, options: NetworkOptions & InsistOption & { model?: string }, command: Command) =>
    withStudio(command, async (session) => {
      onlyBeside(command, 'model', ['rename', 'insist', ...SHAPE_OPTIONS]);
      const { model, entry, rename, insist } = options;
      const inspection = await session.studio.weights.inspect(
        {
          path,
          ...(entry !== undefined && { entry }),
          ...(rename && { renames: rename }),
          ...(insist && { insist }),
          ...(model !== undefined && { network: networkOf(model, options) }),
        },
        session.work,
      );
      session.print(inspection, describeInspection(inspection, model));
    }),
  );
}
