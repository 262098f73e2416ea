/** `quorum ensemble create`. */
import type { Command } from 'commander';
import { ruleInWords } from '../../../contract/voting.ts';
import { printable } from '../../format.ts';
import { collect } from '../../options/optionValues.ts';
import { addRuleOptions, type RuleOptions, ruleRequest } from '../../options/votingOptions.ts';
import { withStudio } from '../../session.ts';

export function addEnsembleCreateCommand(ensemble: Command): void {
  addRuleOptions(
    ensemble
      .command('create <name>')
      .description('Keep runs and a rule together under a name.')
      .requiredOption('--run <run>', 'member, by id or name; several times', collect),
  ).action((name: string, options: RuleOptions & { run: string[] }, command: Command) =>
    withStudio(command, async (session) => {
      const created = await session.studio.ensembles.create({ name, runs: options.run, rule: ruleRequest(options) });
      session.print(
        created,
        `${created.id}  "${printable(name)}": ${created.members.join(', ')}. ` +
          `${ruleInWords(created.rule, created.members)}`,
      );
    }),
  );
}
