/** `quorum predict`: one or several networks on a split or a folder, and the predictions file. */
import type { Command } from 'commander';
import { collect } from '../options/optionValues.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';
import {
  addDataOptions,
  addRuleOptions,
  type DataOptions,
  describeVote,
  type RuleOptions,
  ruleRequest,
  voteRequest,
} from '../options/votingOptions.ts';

export function addPredictCommand(program: Command): void {
  const predict = program
    .command('predict')
    .description('Predict images with one or several runs, vote, write a CSV.')
    .requiredOption('--run <run>', 'run by id or name; several times for several networks', collect);
  addRuleOptions(addDataOptions(predict)).action(
    (options: DataOptions & RuleOptions & { run: string[] }, command: Command) =>
      withStudio(command, async (session) => {
        const rule = ruleRequest(options);
        await prepareEngine(session, options.device);
        const report = await session.studio.ensembles.vote(
          { ...voteRequest(options), runs: options.run, rule },
          session.work,
        );
        session.print(report, describeVote(report));
      }),
  );
}
