/** Runs: create, train, stop, continue, list, remove. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CheckpointInfo, MetricPoint, RunSummary } from '../../../contract/run.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import { StudioError } from '../../../contract/errors.ts';
import { syncFolder, writeDurably } from '../../files/durableFile.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { DamagedRun } from '../../db/runRepository.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioContext } from '../context.ts';
import { writeCurves } from '../results/figures.ts';
import { findByText, newId } from '../records/ids.ts';
import { parseRunRequest, resolveSpec } from './resolveSpec.ts';
import type { RunMessage } from '../training/runMessage.ts';
import { startOf } from '../weights/startingPoint.ts';
import { type ActiveRun, startTraining } from '../training/attempt.ts';

export type RunListener = (runId: string, message: RunMessage) => void;

export interface RunDetails extends RunSummary {
  readonly checkpoints: CheckpointInfo[];
  readonly directory: string;
}

export interface RunHandlers {
  /** Resolves and freezes the spec; nothing trains yet. @throws StudioError `run.badSpec`, `dataset.notFound`, `model.…`, `weights.…` */
  create(request: unknown): Promise<RunSummary>;
  /** Starts training and returns once its process runs. @throws StudioError `run.inUse`, `dataset.notFound` */
  start(text: string): Promise<RunSummary>;
  /** As `start`, from the newest checkpoint. @throws StudioError `run.noCheckpoint`, `run.inUse`, `dataset.changed` */
  resume(text: string): Promise<RunSummary>;
  /** `resume` where there is a checkpoint, else from the start. @throws StudioError as both do */
  startOrResume(text: string): Promise<RunSummary>;
  /** Finish the step, save, end; `kill` ends it at once, and what came after the last checkpoint is lost. @throws StudioError `run.notFound` when it does not train in this process */
  stop(text: string, options?: { kill?: boolean }): Promise<void>;
  /** Whether it trains in this process. */
  trainsHere(id: string): boolean;
  /** Resolves when the run has ended, at once when it is not training here. */
  wait(text: string): Promise<RunSummary>;
  list(): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }>;
  /** By id, name, or the beginning of an id. @throws StudioError `run.notFound` */
  show(text: string): Promise<RunDetails>;
  metrics(text: string, options?: { names?: readonly string[]; afterStep?: number }): Promise<MetricPoint[]>;
  /** Draws loss and accuracy of runs over their epochs as SVG and PNG. */
  curves(texts: readonly string[], files: { svg: string; png: string; title: string; subtitle: string }): Promise<void>;
  /** Removes the run, its checkpoints and its predictions. @throws StudioError `run.inUse` */
  remove(text: string): Promise<{ id: string; name: string }>;
  /** Hears what runs that train in this process say, events after they are stored. Returns what ends that. */
  subscribe(listener: RunListener): () => void;
  /** Stops every run that trains in this process and waits for them, for as long as their last checkpoints usually take. */
  stopAll(): Promise<void>;
}

export function createRunHandlers(context: StudioContext): RunHandlers {
  const { runs, datasets, checkpoints, metrics, ensembles, predictions, leases, paths } = context;
  const active = new Map<string, ActiveRun>();
  const listeners = new Set<RunListener>();
  const lookUp = async (text: string): Promise<string> =>
    findByText(await runs.names(), text, 'run.notFound', 'run').id;
  const summaryOf = async (id: string): Promise<RunSummary> => {
    const run = await runs.find(id);
    if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
    return run;
  };

  const newestCheckpoint = async (id: string): Promise<CheckpointInfo | null> =>
    (await checkpoints.list(id)).findLast((checkpoint) => existsSync(resolve(paths.runDir(id), checkpoint.path))) ??
    null;

  async function launch(id: string, from: CheckpointInfo | null): Promise<RunSummary> {
    const run = await summaryOf(id);
    const activeRun = await startTraining(context, run, from, (message) => {
      for (const listener of listeners) listener(id, message);
    });
    active.set(id, activeRun);
    void activeRun.ended.catch(() => undefined).then(() => active.delete(id));
    return summaryOf(id);
  }

  return {
    async create(request) {
      const parsed = parseRunRequest(request);
      const card = findByText((await datasets.list()).datasets, parsed.dataset, 'dataset.notFound', 'data set');
      const spec = {
        ...resolveSpec(parsed, card, getModel(parsed.model.name), await startOf(context, parsed)),
        dataFingerprint: dataFingerprint({ card, directory: paths.datasetDir(card.id) }),
      };
      const id = await newId(
        'r',
        async (candidate) =>
          existsSync(paths.runDir(candidate)) || (await runs.names()).some((run) => run.id === candidate),
      );
      await mkdir(paths.runDir(id), { recursive: true });
      writeDurably(join(paths.runDir(id), 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`);
      syncFolder(paths.runs);
      await runs.create({ id, spec });
      return summaryOf(id);
    },
    async start(text) {
      const id = await lookUp(text);
      const { state, step } = await summaryOf(id);
      if (step > 0)
        throw new StudioError('input.invalid', `Run ${id} has been trained for ${step} steps (${state}).`, {
          remedy: 'Continue it (--resume), or start a new run with the same settings.',
        });
      return launch(id, null);
    },
    async resume(text) {
      const id = await lookUp(text);
      const newest = await newestCheckpoint(id);
      if (!newest)
        throw new StudioError('run.noCheckpoint', `Run ${id} has no checkpoint to continue from.`, {
          remedy: 'Train it from the start with the same settings.',
        });
      return launch(id, newest);
    },
    async startOrResume(text) {
      const id = await lookUp(text);
      return launch(id, await newestCheckpoint(id));
    },
    trainsHere: (id) => active.has(id),
    async stop(text, { kill = false } = {}) {
      const id = await lookUp(text);
      const run = active.get(id);
      if (!run)
        throw new StudioError('run.notFound', `Run ${id} does not train in this process.`, {
          remedy: 'Stop it in the program that started it.',
        });
      if (kill) run.kill();
      else run.stop();
    },
    async wait(text) {
      const id = await lookUp(text);
      await active.get(id)?.ended;
      return summaryOf(id);
    },
    list: () => runs.list(),
    async show(text) {
      const id = await lookUp(text);
      return { ...(await summaryOf(id)), checkpoints: await checkpoints.list(id), directory: paths.runDir(id) };
    },
    metrics: async (text, options) => metrics.list(await lookUp(text), options),
    async curves(texts, { svg, png, title, subtitle }) {
      const drawn = [];
      for (const text of texts) {
        const run = await summaryOf(await lookUp(text));
        drawn.push({ run, metrics: await metrics.list(run.id) });
      }
      await writeCurves(svg, png, drawn, { title, subtitle });
    },
    async remove(text) {
      const { id, name } = findByText(await runs.names(), text, 'run.notFound', 'run');
      const held = (await leases.heldRuns()).has(id);
      if (active.has(id) || held)
        throw new StudioError('run.inUse', `Run ${id} is training.`, { remedy: 'Stop it first.' });
      const members = await ensembles.namesWithRun(id);
      if (members.length > 0)
        throw new StudioError(
          'run.inUse',
          `Run ${id} is a member of ${members.map((ensemble) => `"${ensemble}"`).join(', ')}.`,
          { remedy: 'Remove these ensembles first.' },
        );
      for (const prediction of await predictions.list(id)) await rm(prediction.path, { recursive: true, force: true });
      await rm(paths.runDir(id), { recursive: true, force: true });
      await runs.remove(id);
      return { id, name };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async stopAll() {
      const all = [...active.values()];
      for (const run of all) run.leave();
      await Promise.allSettled(all.map((run) => run.ended));
    },
  };
}

/** Whether a run of that state can still change by itself. */
export function isActive(run: Pick<RunSummary, 'state'>): boolean {
  return ACTIVE_STATES.includes(run.state);
}
