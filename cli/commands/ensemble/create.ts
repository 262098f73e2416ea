/** `quorum ensemble create`. */
import type { Command } from 'commander';
import { ruleInWords } from '../../../contract/voting.ts';
import { printable } from '../../format.ts';
import {
  addMemberOptions,
  addRuleOptions,
  memberNames,
  type MemberOptions,
  type RuleOptions,
  ruleRequest,
} from '../../options/votingOptions.ts';
import { withStudio } from '../../session.ts';

export function addEnsembleCreateCommand(ensemble: Command): void {
  addRuleOptions(
    addMemberOptions(ensemble.command('create <name>').description('Save networks and a voting rule under a name.')),
  ).action((name: string, options: RuleOptions & MemberOptions, command: Command) =>
    withStudio(command, async (session) => {
      const members = memberNames(options);
      const created = await session.studio.ensembles.create({ name, members, rule: ruleRequest(options) });
      session.print(
        created,
        `${created.id}  "${printable(name)}": ${created.members.join(', ')}. ` +
          `${ruleInWords(created.rule, created.members)}`,
      );
    }),
  );
}
