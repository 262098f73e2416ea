/** `quorum ensemble predict`. */
import type { Command } from 'commander';
import { addDataOptions, type DataOptions, describeVote, voteRequest } from '../../options/votingOptions.ts';
import { prepareEngine } from '../../prepareEngine.ts';
import { withStudio } from '../../session.ts';

export function addEnsemblePredictCommand(ensemble: Command): void {
  addDataOptions(
    ensemble.command('predict <ensemble>').description('Predict images with all members, vote, write a CSV.'),
  ).action((text: string, options: DataOptions, command: Command) =>
    withStudio(command, async (session) => {
      await session.studio.ensembles.show(text);
      const request = await voteRequest(options);
      await prepareEngine(session, options.device);
      const report = await session.studio.ensembles.predict(text, request, session.work);
      session.print(report, describeVote(report));
    }),
  );
}
