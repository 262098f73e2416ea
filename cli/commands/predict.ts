/** `quorum predict`: one or several networks on a split or a folder, and the predictions file. */
import type { Command } from 'commander';
import { prepareEngine } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';
import {
  addDataOptions,
  addMemberOptions,
  addRuleOptions,
  type DataOptions,
  describeVote,
  memberNames,
  type MemberOptions,
  type RuleOptions,
  ruleRequest,
  voteRequest,
} from '../options/votingOptions.ts';

export function addPredictCommand(program: Command): void {
  const predict = program
    .command('predict')
    .description('Predict images with one or several networks, vote, write a CSV.');
  addRuleOptions(addDataOptions(addMemberOptions(predict))).action(
    (options: DataOptions & RuleOptions & MemberOptions, command: Command) =>
      withStudio(command, async (session) => {
        const members = memberNames(options);
        const rule = ruleRequest(options);
        const request = await voteRequest(options);
        await prepareEngine(session, options.device);
        const report = await session.studio.ensembles.vote({ ...request, members, rule }, session.work);
        session.print(report, describeVote(report));
      }),
  );
}
