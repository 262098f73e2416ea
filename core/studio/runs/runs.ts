/** Runs: create, train, stop, continue, list, remove. */
import type { MetricPoint } from '../../../contract/metrics.ts';
import type { SettingsOnResume } from '../../../contract/settings/resumedRun.ts';
import type { CheckpointInfo, Run } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { StudioError } from '../../../contract/errors.ts';
import { placeOf } from '../../../contract/place.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { DamagedRun } from '../../db/runs/storedRun.ts';
import type { StudioContext } from '../context.ts';
import { writeCurves } from '../results/figures.ts';
import { newestCheckpoint } from '../records/followCheckpoints.ts';
import { newId } from '../records/ids.ts';
import { branchRun, type BranchRequest } from './branchRun.ts';
import { changeSettings } from './changeSettings.ts';
import { createRun, requireRun, type RunNotes } from './createRun.ts';
import { resolveRequest } from './resolveRequest.ts';
import type { RunMessage } from '../training/runMessage.ts';
import { type ActiveRun, type StartOptions, startTraining } from '../training/startTraining.ts';

export type RunListener = (runId: string, message: RunMessage) => void;

/** Where curves are drawn to, and what stands above them. */
export interface CurveFigure {
  readonly svg: string;
  readonly png: string;
  readonly title: string;
  readonly subtitle: string;
}

export interface RunWithCheckpoints extends Run {
  readonly checkpoints: CheckpointInfo[];
  readonly directory: string;
}

/** `group` is null for a single run. */
export interface NewRuns {
  readonly runs: Run[];
  readonly group: string | null;
}

export interface RunHandlers {
  /**
   * Resolves the settings of each and freezes them; nothing trains yet. All are resolved before the first is made;
   * several are one group.
   * @throws {StudioError} run.badSpec, dataset.notFound, model.…, weights.…
   */
  createAll(requests: readonly unknown[], notes?: RunNotes): Promise<NewRuns>;
  /** As `createAll`, of one. */
  create(request: unknown, notes?: RunNotes): Promise<Run>;
  /** Starts training and returns once its process runs. @throws {StudioError} run.inUse, dataset.notFound */
  start(id: string, options?: StartOptions): Promise<Run>;
  /**
   * As `start`, from the newest checkpoint.
   * @throws {StudioError} run.noCheckpoint, run.inUse, dataset.changed
   */
  resume(id: string, options?: StartOptions): Promise<Run>;
  /** Other settings for the next `resume`. @throws {StudioError} run.badSpec, run.noCheckpoint, run.inUse */
  change(id: string, changes: SettingsOnResume): Promise<Run>;
  /**
   * Where it trains from its next start on: the name of a place, or `here`.
   * @throws {StudioError} place.unknown, run.inUse
   */
  moveTo(id: string, place: string): Promise<Run>;
  /**
   * A new run that goes on from a checkpoint of another one; `startOrResume` trains it.
   * @throws {StudioError} run.notFound, run.noCheckpoint, run.badSpec; input.invalid: nothing would be left to train
   */
  branch(request: BranchRequest): Promise<Run>;
  /** `resume` where there is a checkpoint, else from the start. @throws {StudioError} as both do */
  startOrResume(id: string, options?: StartOptions): Promise<Run>;
  /**
   * Finish the step, save, end; `kill` ends it at once, and what came after the last checkpoint is lost.
   * @throws {StudioError} run.notFound when it does not train in this process
   */
  stop(id: string, options?: { kill?: boolean }): Promise<void>;
  /** Whether it trains in this process. */
  trainsHere(id: string): boolean;
  /** Resolves when the run has ended, at once when it is not training here. */
  wait(id: string): Promise<Run>;
  list(): Promise<{ runs: Run[]; damaged: DamagedRun[] }>;
  /** @throws {StudioError} run.notFound */
  show(id: string): Promise<RunWithCheckpoints>;
  metrics(id: string, options?: { names?: readonly string[]; afterStep?: number }): Promise<MetricPoint[]>;
  /** Draws loss and accuracy of runs over their epochs as SVG and PNG. */
  curves(ids: readonly string[], figure: CurveFigure): Promise<void>;
  /** Hears what runs that train in this process say, events after they are stored. Returns what ends that. */
  subscribe(listener: RunListener): () => void;
  /**
   * Stops every run that trains in this process and waits for them, for as long as their last checkpoints usually take.
   */
  stopAll(): Promise<void>;
}

export function createRunHandlers(context: StudioContext): RunHandlers {
  const { runs, metrics } = context;
  const training = new TrainingHere(context);
  return {
    createAll: (requests, notes) => createAll(context, requests, notes),
    async create(request, notes) {
      return (await createAll(context, [request], notes)).runs[0]!;
    },
    async start(id, options) {
      if (context.places.away(id) !== null) return training.launch(id, null, options);
      await requireUntrained(context, id);
      return training.launch(id, await continuesFrom(context, id), options);
    },
    async resume(id, options) {
      if (context.places.away(id) !== null) return training.launch(id, null, options);
      return training.launch(id, await requireCheckpoint(context, id), options);
    },
    async change(id, changes) {
      await changeSettings(context, id, changes, await requireCheckpoint(context, id));
      return requireRun(context, id);
    },
    async moveTo(id, place) {
      if (placeOf({ place }) !== null) await context.places.lane(place);
      await changeSettings(context, id, { place }, (await continuesFrom(context, id)) ?? { step: 0, epoch: 0 });
      return requireRun(context, id);
    },
    branch: (request) => branchRun(context, request),
    async startOrResume(id, options) {
      if (context.places.away(id) !== null) return training.launch(id, null, options);
      return training.launch(id, await continuesFrom(context, id), options);
    },
    trainsHere: (id) => training.has(id),
    async stop(id, options) {
      training.stop(id, options?.kill ?? false);
    },
    async wait(id) {
      await training.ended(id);
      return requireRun(context, id);
    },
    list: () => runs.list(),
    show: (id) => showRun(context, id),
    metrics: (id, options) => metrics.list(id, options),
    curves: (ids, figure) => drawCurves(context, ids, figure),
    subscribe: (listener) => training.subscribe(listener),
    stopAll: () => training.stopAll(),
  };
}

/** The runs that train in this process, and who hears of them. */
class TrainingHere {
  readonly #context: StudioContext;
  readonly #active = new Map<string, ActiveRun>();
  readonly #listeners = new Set<RunListener>();

  constructor(context: StudioContext) {
    this.#context = context;
  }

  async launch(id: string, from: CheckpointInfo | null, options?: StartOptions): Promise<Run> {
    const tell: (message: RunMessage) => void = (message) => {
      for (const listener of this.#listeners) listener(id, message);
    };
    const run = await startTraining(this.#context, await requireRun(this.#context, id), from, tell, options);
    this.#active.set(id, run);
    const forget = (): void => {
      if (this.#active.get(id) === run) this.#active.delete(id);
    };
    void run.ended.then(forget, forget);
    return requireRun(this.#context, id);
  }

  has(id: string): boolean {
    return this.#active.has(id);
  }

  stop(id: string, kill: boolean): void {
    const run = this.#active.get(id);
    if (!run)
      throw new StudioError('run.notFound', `Run ${id} does not train in this process.`, {
        remedy: 'Stop it in the program that started it.',
      });
    if (kill) run.kill();
    else run.stop();
  }

  async ended(id: string): Promise<void> {
    await this.#active.get(id)?.ended;
  }

  subscribe(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async stopAll(): Promise<void> {
    const all = [...this.#active.values()];
    for (const run of all) run.leave();
    await Promise.allSettled(all.map((run) => run.ended));
  }
}

async function createAll(context: StudioContext, requests: readonly unknown[], notes: RunNotes = {}): Promise<NewRuns> {
  const specs: RunSpec[] = [];
  for (const request of requests) {
    const { spec, card } = await resolveRequest(context, request);
    const directory = context.paths.datasetDir(card.id);
    specs.push({ ...spec, dataFingerprint: dataFingerprint({ card, directory }) });
  }
  const group = specs.length > 1 ? await newId('g', async () => false) : null;
  const runs: Run[] = [];
  for (const spec of specs) runs.push(await createRun(context, group === null ? spec : { ...spec, group }, notes));
  return { runs, group };
}

/** The newest checkpoint; while another program trains the run, its folder is that program's. */
async function continuesFrom(context: StudioContext, id: string): Promise<CheckpointInfo | null> {
  const { runs, checkpoints, leases, paths } = context;
  return (await leases.heldRuns()).has(id)
    ? checkpoints.find(id, 'last')
    : newestCheckpoint({ runs, checkpoints }, paths, id);
}

async function requireCheckpoint(context: StudioContext, id: string): Promise<CheckpointInfo> {
  await requireRun(context, id);
  const newest = await continuesFrom(context, id);
  if (newest) return newest;
  throw new StudioError('run.noCheckpoint', `Run ${id} has no checkpoint to continue from.`, {
    remedy: 'Train it from the start with the same settings.',
  });
}

async function requireUntrained(context: StudioContext, id: string): Promise<void> {
  // Brings the record up to what lies in the folder.
  await continuesFrom(context, id);
  const { state, step } = await requireRun(context, id);
  if (step > 0)
    throw new StudioError('input.invalid', `Run ${id} has been trained for ${step} steps (${state}).`, {
      remedy: 'Continue it (--resume), or start a new run with the same settings.',
    });
}

async function showRun(context: StudioContext, id: string): Promise<RunWithCheckpoints> {
  const run = await requireRun(context, id);
  return { ...run, checkpoints: await context.checkpoints.list(id), directory: context.paths.runDir(id) };
}

async function drawCurves(
  context: StudioContext,
  ids: readonly string[],
  { svg, png, title, subtitle }: CurveFigure,
): Promise<void> {
  const curves = [];
  for (const id of ids) curves.push({ run: await requireRun(context, id), metrics: await context.metrics.list(id) });
  await writeCurves(svg, png, curves, { title, subtitle });
}
