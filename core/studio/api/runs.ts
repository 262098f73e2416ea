/** Handlers of runs. */
import { existsSync } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { expandGrid, gridSize, MAX_RUNS_A_GRID } from '../../../contract/api/grid.ts';
import type { RunForecast } from '../../../contract/api/runs.ts';
import type { RunRow } from '../../../contract/api/runTypes.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { channelsOf } from '../../../contract/preprocessing.ts';
import type { RunSummary } from '../../../contract/run.ts';
import { RunRequest, type RunRequestInput, type RunSpec } from '../../../contract/runSpec.ts';
import { describeNetwork } from '../../models/describe.ts';
import { getModel } from '../../models/registry.ts';
import { lrCurve } from '../../../contract/schedule.ts';
import { describeFineTuning } from '../fineTuning.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { newId } from '../ids.ts';
import { parseRunRequest, resolveSpec } from '../resolveSpec.ts';
import { type StartingPoint, startOf } from '../startingPoint.ts';
import { api } from './implementer.ts';

export const requireRow = ({ studio }: StudioHost, id: string): Promise<RunRow> => studio.runBook.require(id);

async function requireSummary({ studio }: StudioHost, id: string): Promise<RunSummary> {
  const run = await studio.context.runs.find(id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`, { remedy: 'Go back to the list of runs.' });
  return run;
}

async function requireCard({ studio }: StudioHost, id: string): Promise<DatasetCard> {
  const card = await studio.context.datasets.find(id);
  if (!card) throw new StudioError('dataset.notFound', `There is no data set "${id}".`, { remedy: 'Choose one of the list.' });
  return card;
}

async function resolved(host: StudioHost, request: unknown): Promise<{ spec: RunSpec; card: DatasetCard; start: StartingPoint | null }> {
  const parsed = parseRunRequest(request);
  const card = await requireCard(host, parsed.dataset);
  const start = await startOf(host.studio.context, parsed);
  return { spec: resolveSpec(parsed, card, getModel(parsed.model.name), start), card, start };
}

/** Bytes of one checkpoint: weights in float32 and the optimizer's slots. */
function checkpointBytes(spec: RunSpec, learnable: number, statistics: number, trained = learnable): number {
  const slots = spec.optimizer.kind === 'adam' || spec.optimizer.kind === 'adamw' ? 2 : 1;
  return 4 * (learnable + statistics) + 4 * slots * trained;
}

function stepsOf(spec: RunSpec, card: DatasetCard): { stepsPerEpoch: number; totalSteps: number } {
  const examples = Math.min(card.splits.train?.count ?? 0, spec.limit.train ?? Infinity);
  const stepsPerEpoch = Math.ceil(examples / spec.batchSize);
  return { stepsPerEpoch, totalSteps: stepsPerEpoch * spec.epochs };
}

/** Share of the device's memory above which a run is called tight. */
const TIGHT = 0.8;
/** What the runtime takes for itself on a device. Bytes. */
const RUNTIME_BYTES = 600 * 2 ** 20;

async function forecast(host: StudioHost, request: RunRequest): Promise<RunForecast> {
  const { spec, card, start } = await resolved(host, request), fineTuning = describeFineTuning(spec, start);
  const channels = channelsOf(spec.preprocessing);
  const network = describeNetwork(getModel(spec.model.name), { size: spec.preprocessing.size, channels, classes: card.classNames.length, options: spec.model.options });
  const memory = network.memory(spec.batchSize, spec.precision, fineTuning?.trainedAtLast);
  const lane = host.queue.laneOf(spec.device);
  const deviceMemoryBytes = lane === 'gpu' ? await host.machine.gpuMemoryBytes() : (await host.machine.read()).memoryBytes;
  const needed = memory.totalBytes + RUNTIME_BYTES;
  const disk = await statfs(host.studio.paths.dataDir);
  const pictures = Object.values(card.splits).reduce((sum, split) => sum + (split?.count ?? 0), 0);
  const { classNames, classIds, ...settings } = spec;
  return {
    spec: settings, learnable: network.learnable, multiplyAdds: network.multiplyAdds, layers: network.layers.length, memory, deviceMemoryBytes,
    fits: deviceMemoryBytes === null ? 'unknown' : needed > deviceMemoryBytes ? 'no' : needed > TIGHT * deviceMemoryBytes ? 'tight' : 'yes',
    ...stepsOf(spec, card),
    diskNeededBytes: 3 * checkpointBytes(spec, network.learnable, network.statistics, fineTuning?.trainedAtLast) + pictures * channels * spec.preprocessing.size ** 2,
    diskFreeBytes: disk.bavail * disk.bsize,
    hints: hintsOf(spec, card), fineTuning: fineTuning && { summary: fineTuning.summary, notes: fineTuning.notes },
  };
}

/** Batch that the default learning rate suits. */
const USUAL_BATCH = 64;
const UNBALANCED = 10;

function hintsOf(spec: RunSpec, card: DatasetCard): string[] {
  const hints: string[] = [];
  if (spec.batchSize >= 4 * USUAL_BATCH) hints.push(`With batch ${spec.batchSize} a learning rate ${spec.batchSize / USUAL_BATCH} times that of batch ${USUAL_BATCH} is usual (linear scaling), with warm-up.`);
  const perClass = (card.splits.train?.perClass ?? []).filter((count) => count > 0);
  const [fewest, most] = [Math.min(...perClass), Math.max(...perClass)];
  if (perClass.length > 1 && most >= UNBALANCED * fewest) hints.push(`The classes are unbalanced: ${fewest} to ${most} training pictures. Class weights make the rare ones count.`);
  if (!card.splits.val?.count) hints.push('There is no validation split: the last epoch is kept, and nothing tells when to stop.');
  if (card.quarantined > 0) hints.push(`${card.quarantined} pictures of the data set could not be read and are left out.`);
  return hints;
}

async function createQueued(host: StudioHost, requests: readonly RunRequestInput[], tags: readonly string[], note: string, groupId: string | null): Promise<RunRow[]> {
  // All are checked before the first is made.
  for (const request of requests) await resolved(host, request);
  const ids: string[] = [];
  for (const request of requests) {
    const { id } = await host.studio.runs.create(request);
    await host.studio.context.runRows.annotate(id, { tags, note, ...(groupId !== null && { groupId }) });
    ids.push(id);
  }
  await host.queue.add(ids);
  return Promise.all(ids.map((id) => requireRow(host, id)));
}

const LOG_BYTES = 1 << 20;

async function readLog(path: string, lines: number): Promise<{ lines: { at: number; text: string }[]; truncated: boolean }> {
  if (!existsSync(path)) return { lines: [], truncated: false };
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer.toString('utf8').split('\n').filter((line) => line !== '');
    const shown = all.slice(-lines);
    return { lines: shown.map((text, i) => ({ at: i, text: text.slice(0, 2000) })), truncated: size > length || all.length > shown.length };
  } finally {
    await file.close();
  }
}

export const runsRouter = {
  list: api.runs.list.handler(({ input, context: { host } }) => host.studio.context.runRows.list(input)),
  show: api.runs.show.handler(async ({ input, context: { host } }) => {
    const [row, run] = [await requireRow(host, input.run), await requireSummary(host, input.run)];
    return { ...row, classNames: run.spec.classNames, classIds: run.spec.classIds, checkpoints: await host.studio.context.checkpoints.list(row.id), directory: host.studio.paths.runDir(row.id) };
  }),
  startingPoints: api.runs.startingPoints.handler(({ context: { host } }) => host.studio.startingPoints.list()),
  forecast: api.runs.forecast.handler(({ input, context: { host } }) => forecast(host, input)),
  probe: api.runs.probe.handler(async ({ input, context: { host } }) => {
    const { spec, card } = await resolved(host, input);
    const network = describeNetwork(getModel(spec.model.name), { size: spec.preprocessing.size, channels: channelsOf(spec.preprocessing), classes: card.classNames.length, options: spec.model.options });
    const lane = host.queue.laneOf(spec.device);
    return { jobId: host.jobs.start({
      kind: 'probe', title: `Measure ${spec.model.name}`, lane: 'compute', ready: (signal) => host.deviceFree(lane, signal),
      async run(work) {
        await host.studio.engine.ensure(spec.device, { signal: work.signal });
        const result = await host.studio.bench.run({
          model: spec.model.name, options: spec.model.options, size: spec.preprocessing.size, classes: card.classNames.length, channels: channelsOf(spec.preprocessing),
          batchSize: spec.batchSize, precision: spec.precision, mode: 'train', device: spec.device, steps: 1, rounds: 3,
        }, work);
        const stepMs = (1000 * spec.batchSize) / result.median;
        const steps = stepsOf(spec, card);
        return { kind: 'probe', report: {
          device: result.device, imagesPerSec: result.median, stepMs, firstStepSeconds: result.firstStepSeconds, peakRssBytes: result.peakRssBytes, ...steps,
          secondsToFinish: (steps.totalSteps * stepMs) / 1000, checkpointBytes: checkpointBytes(spec, network.learnable, network.statistics),
        } };
      },
    }) };
  }),
  create: api.runs.create.handler(async ({ input, context: { host } }) => {
    const [row] = await createQueued(host, [input.request], input.tags, input.note, input.request.group ?? null);
    return row as RunRow;
  }),
  createMany: api.runs.createMany.handler(async ({ input, context: { host } }) => {
    const amount = gridSize(input.axes);
    if (amount > MAX_RUNS_A_GRID) throw new StudioError('run.badSpec', `These lists make ${amount} runs; at most ${MAX_RUNS_A_GRID} are queued at once.`, { remedy: 'Take fewer values.', details: { fields: input.axes.map(({ field }) => ({ field, problem: 'part of a too large grid' })) } });
    const groupId = amount > 1 ? await newId('g', async () => false) : null;
    return { groupId, runs: await createQueued(host, expandGrid(input.base, input.axes), input.tags, '', groupId) };
  }),
  stop: api.runs.stop.handler(async ({ input, context: { host } }) => {
    const row = await requireRow(host, input.run);
    if (row.queuePosition !== null) await host.queue.take(row.id, row.step > 0 ? 'interrupted' : 'stopped');
    else {
      await host.studio.runs.stop(row.id);
      // The second word is the last one: the process is killed.
      if (input.kill && host.studio.runs.trainsHere(row.id)) await host.studio.runs.stop(row.id);
    }
    return requireRow(host, row.id);
  }),
  resume: api.runs.resume.handler(async ({ input, context: { host } }) => {
    const row = await requireRow(host, input.run);
    if (host.studio.runs.trainsHere(row.id) || (await host.studio.context.leases.heldRuns()).has(row.id)) throw new StudioError('run.inUse', `"${row.name}" is training already.`, { remedy: 'Nothing needs to be done.' });
    await host.queue.add([row.id], 'front');
    return requireRow(host, row.id);
  }),
  duplicate: api.runs.duplicate.handler(async ({ input, context: { host } }) => {
    const { spec } = await requireSummary(host, input.run);
    const { classNames, classIds, datasetFingerprint, ...request } = spec;
    return RunRequest.parse(request);
  }),
  update: api.runs.update.handler(async ({ input, context: { host } }) => {
    const { run, ...change } = input;
    const row = await host.studio.runBook.annotate(run, { ...(change.name !== undefined && { name: change.name }), ...(change.note !== undefined && { note: change.note }), ...(change.tags !== undefined && { tags: change.tags }) });
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
  series: api.runs.series.handler(({ input, context: { host } }) => host.reader.ask('series', { database: host.studio.paths.database, runs: input.runs, maxPoints: input.maxPoints, ...(input.names && { names: input.names }) })),
  checkpoints: api.runs.checkpoints.handler(async ({ input, context: { host } }) => host.studio.context.checkpoints.list((await requireRow(host, input.run)).id)),
  log: api.runs.log.handler(async ({ input, context: { host } }) => readLog(join(host.studio.paths.runDir((await requireRow(host, input.run)).id), 'worker.log'), input.lines)),
  whatIf: api.runs.whatIf.handler(({ input, context: { host } }) => host.studio.runBook.whatIf(input.run, input.rule)),
};

export const scheduleRouter = {
  curve: api.schedule.curve.handler(({ input }) => {
    const { schedule, lr, points, ...span } = input;
    const curve = lrCurve(schedule, lr, span, points);
    return { epochs: curve.map((point) => point.epoch), lr: curve.map((point) => point.lr) };
  }),
};
