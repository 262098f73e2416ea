/** Several runs from one command line: lists of values, several seeds. */
import { randomUUID } from 'node:crypto';
import { expandGrid, type GridAxis } from '../contract/api/grid.ts';
import type { RunSummary } from '../contract/run.ts';
import { seedSummaries } from '../contract/seedSummary.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { formatPercent, formatTable } from './format.ts';
import { prepareEngine } from './prepareEngine.ts';
import type { Session } from './session.ts';
import type { TrainOptions } from './trainRequest.ts';
import { watchRun } from './watchRun.ts';

/** Every combination of the options' lists, each under `--repeat` seeds from the request's own upwards. */
export function variants(request: RunRequestInput, { lr, weightDecay, repeat = 1 }: TrainOptions): RunRequestInput[] {
  const axes: GridAxis[] = [], seed = request.seed ?? 0;
  if (typeof lr === 'object') axes.push({ field: 'lr', values: [...lr] });
  if (typeof weightDecay === 'object') axes.push({ field: 'weightDecay', values: [...weightDecay] });
  if (repeat > 1) axes.push({ field: 'seed', values: Array.from({ length: repeat }, (_, i) => seed + i) });
  return expandGrid(request, axes);
}

/** Trains one after another; a run that fails does not keep the rest from being trained, a Ctrl-C does. */
export async function trainMany(session: Session, requests: readonly RunRequestInput[]): Promise<void> {
  const { studio, progress, interrupts } = session, group = `group-${randomUUID().slice(0, 8)}`, runs: RunSummary[] = [];
  for (const request of requests) runs.push(await studio.runs.create({ ...request, group }));
  const device = runs[0]?.spec.device;
  if (device) await prepareEngine(session, device);
  const done: RunSummary[] = [];
  for (const { id, spec } of runs) {
    if (interrupts.signal.aborted) break;
    progress.say(`${id} (${done.length + 1} of ${runs.length}): ${spec.name}, lr ${spec.lr}, seed ${spec.seed}.`);
    done.push(await watchRun(session, id));
  }
  const rows = done.map((run) => [run.id, run.spec.model.name, String(run.spec.lr), String(run.spec.weightDecay), String(run.spec.seed), run.state, run.best['val/loss']?.toFixed(4) ?? '–', formatPercent(run.best['val/top1'])]);
  const sums = seedSummaries(done);
  session.print({ group, runs: done, summaries: sums.map(({ settings, runs, mean, sd }) => ({ settings, runs: runs.length, mean, sd })) }, [
    formatTable(['run', 'network', 'lr', 'decay', 'seed', 'state', 'val loss', 'val top-1'], rows, ['lr', 'decay', 'seed', 'val loss', 'val top-1']),
    ...sums.filter((s) => s.runs.length > 1).map((s) => `${s.settings || (s.runs[0]?.spec.model.name ?? '')}: top-1 ${formatPercent(s.mean)} ± ${formatPercent(s.sd)} (mean and standard deviation of ${s.runs.length} seeds)`),
  ].join('\n'));
  if (done.some((run) => run.state !== 'finished') && !interrupts.signal.aborted) process.exitCode = 1;
}
