/** `quorum runs`: list, show, remove. */
import type { Command } from 'commander';
import type { RunSummary } from '../../contract/run.ts';
import type { RunDetails } from '../../core/studio/runs.ts';
import { formatBytes, formatPercent, formatTable, formatWhen, printable } from '../format.ts';
import { withStudio } from '../session.ts';

export function addRunsCommand(program: Command): void {
  const runs = program.command('runs').description('Runs: list, show, remove.');
  runs.command('list').description('All runs, newest first.').action((_options: unknown, command: Command) => withStudio(command, async (session) => {
    const { runs: all, damaged } = await session.studio.runs.list();
    const table = all.length > 0
      ? formatTable(['run', 'name', 'state', 'epoch', 'best top-1', 'best loss', 'img/s', 'device', 'created'], all.map(row), ['epoch', 'best top-1', 'best loss', 'img/s'])
      : 'No runs yet. Train one: quorum train --help';
    session.print({ runs: all, damaged }, [table, ...damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`))].join('\n'));
  }));
  runs.command('show <run>').description('One run: settings, result, checkpoints.').action((text: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
    const run = await session.studio.runs.show(text);
    const metrics = session.json ? await session.studio.runs.metrics(run.id) : [];
    session.print({ ...run, metrics }, details(run));
  }));
  runs.command('rebuild').description('Make the database anew from the folders of runs, data sets and predictions.').action((_options: unknown, command: Command) => withStudio(command, async (session) => {
    const { rebuilt } = session.studio;
    session.print(rebuilt, rebuilt ? `${rebuilt.runs} runs, ${rebuilt.points} points, ${rebuilt.checkpoints} checkpoints, ${rebuilt.datasets} data sets, ${rebuilt.predictions} predictions, ${rebuilt.evaluations} evaluations, ${rebuilt.ensembles} ensembles; ${rebuilt.problems.length} things could not be read.` : '');
  }, { rebuild: true }));
  runs.command('remove <run...>').description('Remove runs with their checkpoints and predictions.').action((texts: string[], _options: unknown, command: Command) => withStudio(command, async (session) => {
    const removed = [];
    for (const text of texts) removed.push(await session.studio.runs.remove(text));
    session.print(removed, removed.map(({ id, name }) => `Removed ${id} ("${printable(name)}").`).join('\n'));
  }));
}

function row(run: RunSummary): string[] {
  const { spec, device, best, last } = run;
  const epoch = run.totalSteps ? Math.floor((run.step / run.totalSteps) * spec.epochs) : 0;
  const rate = last['perf/imagesPerSec'];
  return [
    run.id, run.name, run.state, `${epoch}/${spec.epochs}`, formatPercent(best['val/top1']), best['val/loss']?.toFixed(4) ?? '–', rate === undefined ? '–' : rate.toFixed(rate < 100 ? 1 : 0),
    device ? device.kind : '–', formatWhen(run.createdAt),
  ];
}

function details(run: RunDetails): string {
  const { spec, device } = run;
  const options = Object.entries(spec.model.options).map(([name, value]) => `${name} ${value}`).join(', ');
  const { kind: optimizer, ...optimizerSettings } = spec.optimizer;
  const { kind: schedule, ...scheduleSettings } = spec.schedule;
  const settings = (values: object): string => Object.entries(values).map(([name, value]) => `, ${name} ${String(value)}`).join('');
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
    ...run.checkpoints.map((checkpoint) => `checkpoint  ${checkpoint.seq} at step ${checkpoint.step} (${checkpoint.trigger}${checkpoint.isBest ? ', best' : ''}), ${formatBytes(checkpoint.sizeBytes)}`),
    `folder      ${run.directory}`,
  ];
  return lines.map(printable).join('\n');
}

function values(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`).join('  ') || '–';
}
