/** Runs: create, train, stop, continue, list, remove. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricPoint } from '../../../contract/metrics.ts';
import type { SettingsOnResume } from '../../../contract/resumedRun.ts';
import type { CheckpointInfo, Run } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { StudioError } from '../../../contract/errors.ts';
import { syncFolderSync, writeDurableFileSync } from '../../files/durableFile.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { DamagedRun } from '../../db/storedRun.ts';
import type { StudioContext } from '../context.ts';
import { writeCurves } from '../results/figures.ts';
import { newestCheckpoint } from '../records/followCheckpoints.ts';
import { newId } from '../records/ids.ts';
import { changeSettings } from './changeSettings.ts';
import { resolveRequest } from './resolveRequest.ts';
import type { RunMessage } from '../training/runMessage.ts';
import { type ActiveRun, startTraining } from '../training/attempt.ts';

export type RunListener = (runId: string, message: RunMessage) => void;

/** What the user says of new runs. */
export interface RunNotes {
  readonly tags?: readonly string[];
  readonly note?: string;
}

export interface RunWithCheckpoints extends Run {
  readonly checkpoints: CheckpointInfo[];
  readonly directory: string;
}

export interface RunHandlers {
  /**
   * Resolves the settings of each and freezes them; nothing trains yet. All are resolved before the first is made;
   * several are one group.
   * @throws {StudioError} `run.badSpec`, `dataset.notFound`, `model.…`, `weights.…`
   */
  createAll(requests: readonly unknown[], notes?: RunNotes): Promise<{ runs: Run[]; groupId: string | null }>;
  /** As `createAll`, of one. */
  create(request: unknown, notes?: RunNotes): Promise<Run>;
  /** Starts training and returns once its process runs. @throws {StudioError} `run.inUse`, `dataset.notFound` */
  start(id: string): Promise<Run>;
  /**
   * As `start`, from the newest checkpoint.
   * @throws {StudioError} `run.noCheckpoint`, `run.inUse`, `dataset.changed`
   */
  resume(id: string): Promise<Run>;
  /** Other settings for the next `resume`. @throws {StudioError} `run.badSpec`, `run.noCheckpoint`, `run.inUse` */
  change(id: string, changes: SettingsOnResume): Promise<Run>;
  /** `resume` where there is a checkpoint, else from the start. @throws {StudioError} as both do */
  startOrResume(id: string): Promise<Run>;
  /**
   * Finish the step, save, end; `kill` ends it at once, and what came after the last checkpoint is lost.
   * @throws {StudioError} `run.notFound` when it does not train in this process
   */
  stop(id: string, options?: { kill?: boolean }): Promise<void>;
  /** Whether it trains in this process. */
  trainsHere(id: string): boolean;
  /** Resolves when the run has ended, at once when it is not training here. */
  wait(id: string): Promise<Run>;
  list(): Promise<{ runs: Run[]; damaged: DamagedRun[] }>;
  /** @throws {StudioError} `run.notFound` */
  show(id: string): Promise<RunWithCheckpoints>;
  metrics(id: string, options?: { names?: readonly string[]; afterStep?: number }): Promise<MetricPoint[]>;
  /** Draws loss and accuracy of runs over their epochs as SVG and PNG. */
  curves(ids: readonly string[], files: { svg: string; png: string; title: string; subtitle: string }): Promise<void>;
  /** Hears what runs that train in this process say, events after they are stored. Returns what ends that. */
  subscribe(listener: RunListener): () => void;
  /**
   * Stops every run that trains in this process and waits for them, for as long as their last checkpoints usually take.
   */
  stopAll(): Promise<void>;
}

export function createRunHandlers(context: StudioContext): RunHandlers {
  const { runs, checkpoints, metrics, leases, paths } = context;
  const active = new Map<string, ActiveRun>();
  const listeners = new Set<RunListener>();
  const requireRun = async (id: string): Promise<Run> => {
    const run = await runs.find(id);
    if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
    return run;
  };

  /** While another program trains the run, its folder is that program's. */
  const toContinueFrom = async (id: string): Promise<CheckpointInfo | null> =>
    (await leases.heldRuns()).has(id)
      ? checkpoints.find(id, 'last')
      : newestCheckpoint({ runs, checkpoints }, paths, id);

  async function requireCheckpoint(id: string): Promise<CheckpointInfo> {
    await requireRun(id);
    const newest = await toContinueFrom(id);
    if (newest) return newest;
    throw new StudioError('run.noCheckpoint', `Run ${id} has no checkpoint to continue from.`, {
      remedy: 'Train it from the start with the same settings.',
    });
  }

  async function launch(id: string, from: CheckpointInfo | null): Promise<Run> {
    const run = await requireRun(id);
    const activeRun = await startTraining(context, run, from, (message) => {
      for (const listener of listeners) listener(id, message);
    });
    active.set(id, activeRun);
    void activeRun.ended.catch(() => undefined).then(() => active.delete(id));
    return requireRun(id);
  }

  async function create(spec: RunSpec, notes: RunNotes): Promise<Run> {
    const id = await newId(
      'r',
      async (candidate) =>
        existsSync(paths.runDir(candidate)) || (await runs.names()).some((run) => run.id === candidate),
    );
    await mkdir(paths.runDir(id), { recursive: true });
    writeDurableFileSync(join(paths.runDir(id), 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`);
    syncFolderSync(paths.runs);
    await runs.create({ id, spec, ...notes });
    return requireRun(id);
  }

  async function createAll(
    requests: readonly unknown[],
    notes: RunNotes = {},
  ): Promise<{ runs: Run[]; groupId: string | null }> {
    const specs = [];
    for (const request of requests) {
      const { spec, card } = await resolveRequest(context, request);
      specs.push({ ...spec, dataFingerprint: dataFingerprint({ card, directory: paths.datasetDir(card.id) }) });
    }
    const groupId = specs.length > 1 ? await newId('g', async () => false) : null;
    const made: Run[] = [];
    for (const spec of specs) made.push(await create(groupId === null ? spec : { ...spec, group: groupId }, notes));
    return { runs: made, groupId };
  }

  return {
    createAll,
    async create(request, notes) {
      return (await createAll([request], notes)).runs[0]!;
    },
    async start(id) {
      await toContinueFrom(id);
      const { state, step } = await requireRun(id);
      if (step > 0)
        throw new StudioError('input.invalid', `Run ${id} has been trained for ${step} steps (${state}).`, {
          remedy: 'Continue it (--resume), or start a new run with the same settings.',
        });
      return launch(id, await toContinueFrom(id));
    },
    async resume(id) {
      return launch(id, await requireCheckpoint(id));
    },
    async change(id, changes) {
      await changeSettings(context, id, changes, await requireCheckpoint(id));
      return requireRun(id);
    },
    async startOrResume(id) {
      return launch(id, await toContinueFrom(id));
    },
    trainsHere: (id) => active.has(id),
    async stop(id, { kill = false } = {}) {
      const run = active.get(id);
      if (!run)
        throw new StudioError('run.notFound', `Run ${id} does not train in this process.`, {
          remedy: 'Stop it in the program that started it.',
        });
      if (kill) run.kill();
      else run.stop();
    },
    async wait(id) {
      await active.get(id)?.ended;
      return requireRun(id);
    },
    list: () => runs.list(),
    async show(id) {
      return { ...(await requireRun(id)), checkpoints: await checkpoints.list(id), directory: paths.runDir(id) };
    },
    metrics: (id, options) => metrics.list(id, options),
    async curves(ids, { svg, png, title, subtitle }) {
      const drawn = [];
      for (const id of ids) drawn.push({ run: await requireRun(id), metrics: await metrics.list(id) });
      await writeCurves(svg, png, drawn, { title, subtitle });
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
