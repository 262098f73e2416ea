/** Several runs from one command line: lists of values, several seeds. */
import { METRIC } from '../contract/metrics.ts';
import type { Run } from '../contract/run.ts';
import { seedSummaries } from '../pure/seedGroups.ts';
import { settingsDiff } from '../pure/settingsDiff.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { formatPercent, formatTable } from './format.ts';
import { prepareEngine } from './prepareEngine.ts';
import type { Session } from './session.ts';
import { watchRun } from './watchRun.ts';

/** Trains one after another; a run that fails does not keep the rest from being trained, a Ctrl-C does. */
export async function trainMany(session: Session, requests: readonly RunRequestInput[]): Promise<void> {
  const { studio, progress, interrupts } = session;
  const { runs, group } = await studio.runs.createAll(requests);
  const device = runs[0]?.spec.device;
  if (device) await prepareEngine(session, device);
  const done: Run[] = [];
  const varied = settingsDiff(runs.map(({ spec }) => spec)).filter(({ differs }) => differs);
  for (const { id, spec } of runs) {
    if (interrupts.signal.aborted) break;
    const choices = varied.map(({ setting, values }) => `${shortName(setting)} ${String(values[done.length] ?? '–')}`);
    progress.say(`${id} (${done.length + 1} of ${runs.length}): ${[spec.name, ...choices].join(', ')}.`);
    done.push(await watchRun(session, id));
  }
  const settings = varied.filter(({ setting }) => setting !== 'model.name');
  const names = settings.map(({ setting }) => shortName(setting));
  const rows = done.map((run, i) => [
    run.id,
    run.spec.model.name,
    ...settings.map(({ values }) => String(values[i] ?? '–')),
    run.state,
    run.best[METRIC.valLoss]?.toFixed(4) ?? '–',
    formatPercent(run.best[METRIC.valTop1]),
  ]);
  const sums = seedSummaries(done);
  session.print(
    {
      group,
      runs: done,
      summaries: sums.map(({ settings, runs, mean, sd }) => ({ settings, runs: runs.length, mean, sd })),
    },
    [
      formatTable(['run', 'network', ...names, 'state', 'val loss', 'val top-1'], rows, [
        ...names,
        'val loss',
        'val top-1',
      ]),
      ...sums
        .filter((s) => s.runs.length > 1)
        .map(
          (s) =>
            `${s.settings || (s.runs[0]?.spec.model.name ?? '')}: top-1 ${formatPercent(s.mean)} ± ` +
            `${formatPercent(s.sd)} (mean and standard deviation of ${s.runs.length} seeds)`,
        ),
    ].join('\n'),
  );
  if (done.some((run) => run.state !== 'finished') && !interrupts.signal.aborted) process.exitCode = 1;
}

const shortName = (setting: string): string => setting.slice(setting.lastIndexOf('.') + 1);
