/** Several runs from one command line: lists of values, several seeds. */
import { METRIC } from '../contract/metrics.ts';
import type { Run } from '../contract/run.ts';
import { seedSummaries } from '../pure/statistics/seedGroups.ts';
import { settingsDiff } from '../pure/settingsDiff.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { formatPercent, formatTable } from './format.ts';
import { placeOf } from '../contract/place.ts';
import { prepareEngineOf } from './prepareEngine.ts';
import type { Session } from './session.ts';
import { watchRun } from './watchRun.ts';

/** Trains one after another; a run that fails does not keep the rest from being trained, a Ctrl-C does. */
export async function trainMany(session: Session, requests: readonly RunRequestInput[]): Promise<void> {
  const { studio, progress, interrupts } = session;
  const { runs, group } = await studio.runs.createAll(requests);
  if (runs[0]) await prepareEngineOf(session, runs[0].spec);
  const done: Run[] = [];
  const varied = settingsDiff(runs.map(({ spec }) => spec)).filter(({ differs }) => differs);
  for (const [at, { id, spec }] of runs.entries()) {
    if (interrupts.signal.aborted) break;
    const choices = varied.map(({ setting, values }) => `${shortName(setting)} ${String(values[at] ?? '–')}`);
    progress.say(`${id} (${at + 1} of ${runs.length}): ${[spec.name, ...choices].join(', ')}.`);
    if (placeOf(spec) === null) done.push(await watchRun(session, id));
  }
  const away = runs.filter(({ spec }) => placeOf(spec) !== null);
  // those of one place go there as one submission, and train at once
  for (const { id } of away) await studio.runs.start(id, { signal: interrupts.signal, more: true });
  studio.context.places.send();
  const watched = away.map(({ id }) => watchRun(session, id, { started: true }));
  done.push(...(await Promise.all(watched)));
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
