/** `quorum runs`: look at what was trained, compare it, keep it in order. */
import { type Command, Option } from 'commander';
import { METRIC } from '../../contract/metrics.ts';
import type { RunSummary } from '../../contract/run.ts';
import type { RunDetails } from '../../core/studio/runs/runs.ts';
import { formatPercent, formatSeconds, formatTable, formatWhen, printable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { compareRuns, type CompareFormat } from '../compareRuns.ts';
import { exportRun } from '../../core/studio/runs/exportRun.ts';
import { withStudio } from '../session.ts';
import { seedLines } from '../seedLines.ts';
import { addRunNormsCommand } from './runNorms.ts';
import { addTensorboardCommand } from './runTensorboard.ts';
import { addRunRebuildCommand } from './runRebuild.ts';

export function addRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .description('Runs: list, show, norms, compare, tag, note, what-if, export, remove, rebuild.');
  runs
    .command('list')
    .description('All runs, newest first.')
    .option('--trash', 'those in the trash instead')
    .option('--tag <tag>', 'only those with this tag')
    .option('--seeds', 'below, mean ± sd of runs that differ in their seed alone')
    .action((options: { trash?: boolean; tag?: string; seeds?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const { runs: all, damaged } = await studio.runBook.list({ trashed: options.trash ?? false });
        const shown = all.filter((run) => options.tag === undefined || run.tags.includes(options.tag));
        const table =
          shown.length > 0
            ? formatTable(
                ['run', 'name', 'state', 'epoch', 'best top-1', 'best loss', 'img/s', 'device', 'tags', 'created'],
                shown.map(row),
                ['epoch', 'best top-1', 'best loss', 'img/s'],
              )
            : options.trash
              ? 'The trash is empty.'
              : options.tag === undefined
                ? 'No runs yet. Train one: quorum train --help'
                : `No run has the tag "${options.tag}".`;
        const seeds = options.seeds ? seedLines(shown) : [];
        print(
          { runs: shown, damaged, ...(options.seeds && { seeds }) },
          [
            table,
            ...seeds.map(({ words }) => words),
            ...damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`)),
          ].join('\n'),
        );
      }),
    );
  runs
    .command('show <run>')
    .description('One run: settings, result, checkpoints.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const run = await session.studio.runs.show((await session.studio.runBook.find(text)).id);
        const metrics = session.json ? await session.studio.runs.metrics(run.id) : [];
        session.print({ ...run, metrics }, details(run));
      }),
    );
  addRunNormsCommand(runs);
  addTensorboardCommand(runs);
  addRunRebuildCommand(runs);
  runs
    .command('compare <run...>')
    .description('Results and differing settings of several runs side by side.')
    .addOption(
      new Option('--format <kind>', 'a table for a paper, a page or a sheet')
        .choices(['text', 'markdown', 'latex', 'csv'])
        .default('text'),
    )
    .option('--all', 'settings that are the same as well')
    .action((texts: string[], options: { format: CompareFormat; all?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const rows = [];
        for (const text of texts) rows.push(await studio.runBook.find(text));
        const { value, text } = compareRuns(rows, options);
        print(value, text);
      }),
    );
  runs
    .command('tag <run> <tag...>')
    .description('Put tags on a run, or take them off with --remove.')
    .option('--remove', 'take them off')
    .action((text: string, tags: string[], { remove = false }: { remove?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const run = await studio.runBook.find(text);
        const changed = await studio.runBook.annotate(run.id, {
          tags: remove ? run.tags.filter((tag) => !tags.includes(tag)) : [...new Set([...run.tags, ...tags])],
        });
        print(
          { id: changed.id, tags: changed.tags },
          printable(
            `${changed.id} ("${changed.name}"): ${changed.tags.length > 0 ? changed.tags.join(', ') : 'no tags'}.`,
          ),
        );
      }),
    );
  runs
    .command('note <run> [text...]')
    .description('Write a note on a run; without text it is shown.')
    .action((text: string, words: string[], _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const run = await studio.runBook.find(text);
        const { id, note } = words.length > 0 ? await studio.runBook.annotate(run.id, { note: words.join(' ') }) : run;
        print({ id, note }, note === '' ? `${id} has no note.` : note.split('\n').map(printable).join('\n'));
      }),
    );
  runs
    .command('what-if <run>')
    .description('What early stopping would have done to a recorded history.')
    .option('--patience <n>', 'epochs without a better validation', wholeNumber, 5)
    .addOption(new Option('--metric <kind>', 'what must get better').choices(['loss', 'accuracy']).default('loss'))
    .option('--min-change <x>', 'what counts as better', decimalNumber, 0)
    .action(
      (
        text: string,
        { patience, metric, minChange }: { patience: number; metric: 'loss' | 'accuracy'; minChange: number },
        command: Command,
      ) =>
        withStudio(command, async ({ studio, print }) => {
          const run = await studio.runBook.find(text);
          const found = await studio.runBook.whatIf(run.id, {
            metric: metric === 'loss' ? METRIC.valLoss : METRIC.valTop1,
            patience: Math.max(1, patience),
            minChange,
          });
          const shown = (value: number | null): string =>
            metric === 'loss' ? (value?.toFixed(4) ?? '–') : formatPercent(value);
          print(
            { id: run.id, patience, metric, minChange, ...found },
            found.stopEpoch === null
              ? `Patience ${patience} would not have stopped ${run.id}: its best ${metric} is ${shown(found.bestValue)}, epoch ${found.bestEpoch ?? '–'}.`
              : `Patience ${patience} would have stopped ${run.id} after epoch ${found.stopEpoch}, with epoch ${found.bestEpoch ?? '–'} (${metric} ${shown(found.value)}; the best of all is ${shown(found.bestValue)}) and ${formatSeconds(found.savedMs / 1000)} saved.`,
          );
        }),
    );
  runs
    .command('export <run>')
    .description('A run as a file: .json holds everything about it, .csv its metrics, a row a point.')
    .requiredOption('--output <file>', 'ending in .json or .csv')
    .option('--overwrite', 'replace a file that is there')
    .action((text: string, { output, overwrite = false }: { output: string; overwrite?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const run = await studio.runs.show((await studio.runBook.find(text)).id);
        const written = await exportRun(run, await studio.runs.metrics(run.id), output, overwrite);
        print(written, `${written.path}: ${written.points} points of ${run.id}, ${formatBytes(written.sizeBytes)}.`);
      }),
    );
  runs
    .command('remove <run...>')
    .description('Put runs into the trash; with --for-good remove them with their checkpoints and predictions.')
    .option('--for-good', 'cannot be undone; also for runs in the trash')
    .action((texts: string[], { forGood = false }: { forGood?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const removed = [];
        for (const text of texts) {
          const { id, name } = await studio.runBook.find(text).catch((error: unknown) => {
            if (forGood)
              return studio.runBook.find(text, { trashed: true }).catch(() => {
                throw error;
              });
            throw error;
          });
          if (forGood) await studio.runBook.delete(id);
          else await studio.runBook.trash(id);
          removed.push({ id, name, forGood });
        }
        print(
          removed,
          removed
            .map(({ id, name }) =>
              printable(
                forGood
                  ? `Removed ${id} ("${name}") for good.`
                  : `${id} ("${name}") is in the trash. Take it out again: quorum runs restore ${id}`,
              ),
            )
            .join('\n'),
        );
      }),
    );
  runs
    .command('restore <run...>')
    .description('Take runs out of the trash.')
    .action((texts: string[], _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const restored = [];
        for (const text of texts)
          restored.push(await studio.runBook.restore((await studio.runBook.find(text, { trashed: true })).id));
        print(
          restored.map(({ id, name }) => ({ id, name })),
          restored.map(({ id, name }) => printable(`${id} ("${name}") is back.`)).join('\n'),
        );
      }),
    );
}

type Listed = Pick<
  RunSummary,
  'id' | 'name' | 'state' | 'device' | 'best' | 'last' | 'step' | 'totalSteps' | 'tags' | 'createdAt'
> & { readonly spec: { readonly epochs: number } };

function row(run: Listed): string[] {
  const { spec, device, best, last } = run;
  const epoch = run.totalSteps ? Math.floor((run.step / run.totalSteps) * spec.epochs) : 0;
  const rate = last[METRIC.imagesPerSec];
  return [
    run.id,
    run.name,
    run.state,
    `${epoch}/${spec.epochs}`,
    formatPercent(best[METRIC.valTop1]),
    best[METRIC.valLoss]?.toFixed(4) ?? '–',
    rate === undefined ? '–' : rate.toFixed(rate < 100 ? 1 : 0),
    device ? device.kind : '–',
    run.tags.join(', '),
    formatWhen(run.createdAt),
  ];
}

function details(run: RunDetails): string {
  const { spec, device } = run;
  const options = Object.entries(spec.model.options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const { kind: optimizer, ...optimizerSettings } = spec.optimizer;
  const { kind: schedule, ...scheduleSettings } = spec.schedule;
  const settings = (values: object): string =>
    Object.entries(values)
      .map(([name, value]) => `, ${name} ${String(value)}`)
      .join('');
  const lines = [
    `${run.id}  "${run.name}"  ${run.state}${run.reason ? `: ${run.reason}` : ''}`,
    ...(run.error?.remedy ? [run.error.remedy] : []),
    `network     ${spec.model.name}${options ? ` (${options})` : ''}`,
    `data set    ${spec.dataset}, ${spec.classNames.length} classes`,
    `input       ${spec.preprocessing.size}×${spec.preprocessing.size} ${spec.preprocessing.color}, mean ${spec.preprocessing.mean.map((value) => value.toFixed(4)).join(' ')}, sd ${spec.preprocessing.std.map((value) => value.toFixed(4)).join(' ')}`,
    `training    batch ${spec.batchSize}, ${spec.epochs} epochs, lr ${spec.lr}, ${optimizer}${settings(optimizerSettings)}; schedule ${schedule}${settings(scheduleSettings)}; seed ${spec.seed}; ${spec.precision}`,
    `changes     ${spec.augmentation.flip ? 'flip' : 'no flip'}, crop padding ${spec.augmentation.cropPadding}; ${spec.earlyStopping ? `early stopping on ${spec.earlyStopping.metric}, patience ${spec.earlyStopping.patience}` : 'no early stopping'}`,
    `device      ${device ? `${device.name} (${device.kind}, ${device.engine} ${device.engineVersion})${device.notice ? ` – ${device.notice}` : ''}` : '–'}`,
    `progress    step ${run.step}${run.totalSteps ? ` of ${run.totalSteps}` : ''}; created ${formatWhen(run.createdAt)}${run.endedAt ? `, ended ${formatWhen(run.endedAt)}` : ''}`,
    `last        ${values(run.last)}`,
    `best        ${run.bestEpoch === null ? '–' : `epoch ${run.bestEpoch}: ${values(run.best)}`}`,
    ...run.checkpoints.map(
      (checkpoint) =>
        `checkpoint  ${checkpoint.seq} at step ${checkpoint.step} (${checkpoint.trigger}${checkpoint.isBest ? ', best' : ''}), ${formatBytes(checkpoint.sizeBytes)}`,
    ),
    `folder      ${run.directory}`,
  ];
  return lines.map(printable).join('\n');
}

function values(metrics: Readonly<Record<string, number>>): string {
  return (
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`)
      .join('  ') || '–'
  );
}
