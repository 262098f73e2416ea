/** `quorum weights inspect`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { addNetworkOptions, networkOf, type NetworkOptions } from './networkOptions.ts';
import { describeInspection } from './weightsText.ts';

export function addWeightsInspectCommand(weights: Command): void {
  addNetworkOptions(
    weights
      .command('inspect <file>')
      .description('What a weight file holds, and how it fits a network.')
      .option('--model <name>', 'network to fit it to'),
  ).action((path: string, options: NetworkOptions & { model?: string }, command: Command) =>
    withStudio(command, async (session) => {
      const { model, entry, rename } = options;
      const inspection = await session.studio.weights.inspect(
        {
          path,
          ...(entry !== undefined && { entry }),
          ...(rename && { renames: rename }),
          ...(model !== undefined && { network: networkOf(model, options) }),
        },
        session.work,
      );
      session.print(inspection, describeInspection(inspection, model));
    }),
  );
}
