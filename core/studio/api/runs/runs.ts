/** Handlers of runs. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainOnRequest } from '../../../../contract/api/runs/runs.ts';
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import { StudioError } from '../../../../contract/errors.ts';
import type { Run } from '../../../../contract/run.ts';
import { RunRequest, type RunRequestInput } from '../../../../contract/runSpec.ts';
import { lrCurve } from '../../../../pure/schedule.ts';
import type { StudioHost } from '../../host/studioHost.ts';
import type { RunNotes } from '../../runs/createRun.ts';
import { api } from '../implementer.ts';
import { forecast, forecastMany, startProbe } from './runForecast.ts';

export const requireRow = ({ studio }: StudioHost, id: string): Promise<RunRow> => studio.runBook.require(id);

async function requireSummary({ studio }: StudioHost, id: string): Promise<Run> {
  const run = await studio.context.runs.find(id);
  if (!run)
    throw new StudioError('run.notFound', `There is no run "${id}".`, { remedy: 'Go back to the list of runs.' });
  return run;
}

export async function createQueued(
  host: StudioHost,
  requests: readonly RunRequestInput[],
  notes: RunNotes,
): Promise<{ runs: RunRow[]; group: string | null }> {
  const { runs, group } = await host.studio.runs.createAll(requests, notes);
  await host.queue.add(runs.map(({ id }) => id));
  return { runs: await Promise.all(runs.map(({ id }) => requireRow(host, id))), group };
}

const LOG_BYTES = 1 << 20;

async function readLog(
  path: string,
  lines: number,
): Promise<{ lines: { at: number; text: string }[]; truncated: boolean }> {
  if (!existsSync(path)) return { lines: [], truncated: false };
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    const shown = all.slice(-lines);
    return {
      lines: shown.map((text, i) => ({ at: i, text: text.slice(0, 2000) })),
      truncated: size > length || all.length > shown.length,
    };
  } finally {
    await file.close();
  }
}

async function trainOn(host: StudioHost, { run, branch, name, changes }: TrainOnRequest): Promise<RunRow> {
  const { studio } = host;
  const row = await requireRow(host, run);
  const settings = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const { id } =
    branch === undefined
      ? await studio.runs.change(row.id, settings)
      : await studio.runs.branch({
          run: row.id,
          checkpoint: { seq: branch },
          changes: settings,
          ...(name !== undefined && { name }),
        });
  await host.queue.add([id], 'front');
  await host.news.tell(id);
  return requireRow(host, id);
}

export const runsRouter = {
  list: api.runs.list.handler(({ input, context: { host } }) => host.studio.context.runRows.list(input)),
  show: api.runs.show.handler(async ({ input, context: { host } }) => {
    const [row, run] = [await requireRow(host, input.run), await requireSummary(host, input.run)];
    return {
      ...row,
      classNames: run.spec.classNames,
      classIds: run.spec.classIds,
      checkpoints: await host.studio.context.checkpoints.list(row.id),
      directory: host.studio.paths.runDir(row.id),
    };
  }),
  startingPoints: api.runs.startingPoints.handler(({ context: { host } }) => host.studio.startingPoints.list()),
  forecast: api.runs.forecast.handler(({ input, context: { host } }) => forecast(host, input)),
  forecastMany: api.runs.forecastMany.handler(({ input, context: { host } }) => forecastMany(host, input)),
  probe: api.runs.probe.handler(({ input, context: { host } }) => startProbe(host, input)),
  create: api.runs.create.handler(async ({ input: { request, tags, note }, context: { host } }) => {
    const { runs } = await createQueued(host, [request], { tags, note });
    return runs[0]!;
  }),
  createMany: api.runs.createMany.handler(({ input: { requests, tags }, context: { host } }) =>
    createQueued(host, requests, { tags }),
  ),
  stop: api.runs.stop.handler(async ({ input, context: { host } }) => {
    const row = await requireRow(host, input.run);
    if (row.queuePosition !== null) await host.queue.take(row.id, row.step > 0 ? 'interrupted' : 'stopped');
    else await host.studio.runs.stop(row.id, { kill: input.kill });
    return requireRow(host, row.id);
  }),
  resume: api.runs.resume.handler(async ({ input, context: { host } }) => {
    const row = await requireRow(host, input.run);
    if (host.studio.runs.trainsHere(row.id) || (await host.studio.context.leases.heldRuns()).has(row.id))
      throw new StudioError('run.inUse', `"${row.name}" is training already.`, { remedy: 'Nothing needs to be done.' });
    await host.queue.add([row.id], 'front');
    return requireRow(host, row.id);
  }),
  trainOn: api.runs.trainOn.handler(({ input, context: { host } }) => trainOn(host, input)),
  duplicate: api.runs.duplicate.handler(async ({ input, context: { host } }) => {
    const { spec } = await requireSummary(host, input.run);
    const { classNames, classIds, datasetFingerprint, ...request } = spec;
    return RunRequest.parse(request);
  }),
  update: api.runs.update.handler(async ({ input, context: { host } }) => {
    const { run, ...change } = input;
    const row = await host.studio.runBook.annotate(run, {
      ...(change.name !== undefined && { name: change.name }),
      ...(change.note !== undefined && { note: change.note }),
      ...(change.tags !== undefined && { tags: change.tags }),
    });
    await host.news.tell(run);
    return row;
  }),
  remove: api.runs.remove.handler(async ({ input, context: { host } }) => {
    const { id, name, queuePosition } = await host.studio.runBook.trash(input.run);
    host.events.publish({ type: 'runRemoved', runId: id, trashed: true });
    if (queuePosition !== null) await host.tellQueue();
    return { id, name };
  }),
  restore: api.runs.restore.handler(async ({ input, context: { host } }) => {
    const { id, name } = await host.studio.runBook.restore(input.run);
    await host.news.tell(id);
    return { id, name };
  }),
  delete: api.runs.delete.handler(async ({ input, context: { host } }) => {
    const { id, name } = await host.studio.runBook.delete(input.run);
    host.events.publish({ type: 'runRemoved', runId: id, trashed: false });
    return { id, name };
  }),
  series: api.runs.series.handler(({ input, context: { host } }) =>
    host.reader.ask('series', {
      database: host.studio.context.database,
      runs: input.runs,
      maxPoints: input.maxPoints,
      ...(input.names && { names: input.names }),
    }),
  ),
  checkpoints: api.runs.checkpoints.handler(async ({ input, context: { host } }) =>
    host.studio.context.checkpoints.list((await requireRow(host, input.run)).id),
  ),
  log: api.runs.log.handler(async ({ input, context: { host } }) =>
    readLog(join(host.studio.paths.runDir((await requireRow(host, input.run)).id), 'worker.log'), input.lines),
  ),
  whatIf: api.runs.whatIf.handler(({ input, context: { host } }) => host.studio.runBook.whatIf(input.run, input.rule)),
};

export const scheduleRouter = {
  curve: api.schedule.curve.handler(({ input }) => {
    const { schedule, lr, points, ...span } = input;
    const curve = lrCurve(schedule, lr, span, points);
    return { epochs: curve.map((point) => point.epoch), lr: curve.map((point) => point.lr) };
  }),
};
