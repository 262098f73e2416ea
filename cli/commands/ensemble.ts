/** `quorum ensemble`: create, list, show, predict, remove. */
import type { Command } from 'commander';
import { METRIC } from '../../contract/metrics.ts';
import { ruleInWords } from '../../contract/voting.ts';
import { formatPercent, formatTable, formatWhen, printable } from '../format.ts';
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

export function addEnsembleCommand(program: Command): void {
  const ensemble = program.command('ensemble').description('Ensembles: create, list, show, predict, remove.');
  addCreateCommand(ensemble);
  addListCommand(ensemble);
  addShowCommand(ensemble);
  addPredictCommand(ensemble);
  addRemoveCommand(ensemble);
}

function addCreateCommand(ensemble: Command): void {
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

function addListCommand(ensemble: Command): void {
  ensemble
    .command('list')
    .description('All ensembles.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const all = await session.studio.ensembles.list();
        session.print(
          all,
          all.length > 0
            ? formatTable(
                ['id', 'name', 'rule', 'members', 'created'],
                all.map((one) => [one.id, one.name, one.rule.kind, one.members.join(' '), formatWhen(one.createdAt)]),
              )
            : 'No ensembles yet. Make one: quorum ensemble create NAME --run RUN --run RUN',
        );
      }),
    );
}

function addShowCommand(ensemble: Command): void {
  ensemble
    .command('show <ensemble>')
    .description('Members and rule.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const found = await session.studio.ensembles.show(text);
        const table = formatTable(
          ['member', 'name', 'network', 'state', 'best top-1'],
          found.runs.map((run) => [
            run.id,
            run.name,
            run.spec.model.name,
            run.state,
            formatPercent(run.best[METRIC.valTop1]),
          ]),
          ['best top-1'],
        );
        session.print(
          found,
          `${found.id}  "${printable(found.name)}"\n${ruleInWords(
            found.rule,
            found.runs.map((run) => run.spec.model.name),
          )}\n${table}`,
        );
      }),
    );
}

function addPredictCommand(ensemble: Command): void {
  addDataOptions(
    ensemble.command('predict <ensemble>').description('Let the members predict and vote, write a CSV.'),
  ).action((text: string, options: DataOptions, command: Command) =>
    withStudio(command, async (session) => {
      await session.studio.ensembles.show(text);
      await prepareEngine(session, options.device);
      const report = await session.studio.ensembles.predict(text, voteRequest(options), session.work);
      session.print(report, describeVote(report));
    }),
  );
}

function addRemoveCommand(ensemble: Command): void {
  ensemble
    .command('remove <ensemble>')
    .description('Forget an ensemble; its runs stay.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.ensembles.remove(text);
        session.print(removed, `Removed ${removed.id} ("${printable(removed.name)}").`);
      }),
    );
}
