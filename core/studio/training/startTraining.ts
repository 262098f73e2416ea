/** The start of an attempt of a run, and what is stored at its end. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { CheckpointInfo, Run } from '../../../contract/run.ts';
import type { LaneWork } from '../../db/laneRepository.ts';
import type { StudioContext } from '../context.ts';
import { placeOf } from '../../../contract/place.ts';
import type { LaneHold } from '../lanes/laneBook.ts';
import type { PlaceLane } from '../places/placeBook.ts';
import { initialFile } from '../weights/startingPoint.ts';
import { Attempt } from './attempt.ts';
import { PLACE_FOLDER } from '../places/jobFolder.ts';
import { requireRunDataset } from './requireRunDataset.ts';
import type { RunMessage } from './runMessage.ts';
import { onceItCanBeStored } from './storagePatience.ts';
import { withFittingBatch } from './trainingBatchProbe.ts';
import { outcomeOf, withVanishedGpu } from './trainingOutcome.ts';

const HEARTBEAT_MS = 5000;

export interface ActiveRun {
  /**
   * Resolves once the process is gone, everything is stored and the lease is given back; rejects only when the database
   * failed.
   */
  readonly ended: Promise<void>;
  /** Finish the step, save, end; said again, it changes nothing. */
  stop(): void;
  /** End at once: what came after the last checkpoint is lost. */
  kill(): void;
  /**
   * The host closes: as the first `stop`, and a process that does not come to its checkpoint within seconds is ended
   * without it.
   */
  leave(): void;
}

/** What a run holds while it trains: a lane of this machine, or nothing where it trains at another place. */
export type TrainingHold = LaneHold | { readonly lane: PlaceLane; release(): Promise<void> };

export interface StartOptions {
  /** A lane that is held for the run; it is given back when the run has ended, or cannot start. */
  readonly hold?: TrainingHold;
  /** Ends the waiting for a lane. */
  readonly signal?: AbortSignal;
  /** More runs follow: the caller sends those of other places together. */
  readonly more?: boolean;
}

/**
 * Takes the lease and starts the process, once there is a GPU for it where it needs one.
 * @param from checkpoint to continue from; null trains from the start
 * @throws {StudioError} `run.inUse`, `dataset.notFound`, `dataset.changed`, `engine.noGpu`, `place.unknown`,
 *   `job.stopped`
 */
export async function startTraining(
  context: StudioContext,
  run: Run,
  from: CheckpointInfo | null,
  onMessage: (message: RunMessage) => void,
  { hold: held, signal, more = false }: StartOptions = {},
): Promise<ActiveRun> {
  const onWait = (stage: string): void =>
    onMessage({ type: 'preparing', stage, done: 0, total: 0, perSec: null, secondsLeft: null });
  const hold =
    held ??
    (await holdAway(context, run)) ??
    (await context.lanes.enter(run.spec.device, workOf(run), { signal, onWait }));
  try {
    const active = await startOnLane(context, run, from, onMessage, hold);
    if (!more) context.places.send();
    return active;
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/** For a run that trains at another place, or is away already; null for one of this machine. */
async function holdAway({ places }: StudioContext, { id, spec }: Run): Promise<TrainingHold | null> {
  const place = places.away(id)?.place ?? placeOf(spec);
  return place === null ? null : { lane: await places.lane(place), release: async () => undefined };
}

/** What others are told that wait for the run's lane. */
export function workOf({ id, name }: Pick<Run, 'id' | 'name'>): LaneWork {
  return { runId: id, title: name };
}

async function startOnLane(
  context: StudioContext,
  run: Run,
  from: CheckpointInfo | null,
  onMessage: (message: RunMessage) => void,
  hold: TrainingHold,
): Promise<ActiveRun> {
  const { leases, runs, paths, owner, places } = context;
  const datasetDir = await requireRunDataset(context, run);
  const initial = from ? null : await initialFile(context, run.spec);
  const holder = await leases.acquire(run.id, owner);
  if (holder)
    throw new StudioError(
      'run.inUse',
      `Run ${run.id} is being trained by process ${holder.pid} on ${holder.hostName}.`,
      { remedy: 'Wait for it to end, or stop it there.' },
    );
  // by the clock that never goes back: an end is never before its start
  const beganAt = Date.now();
  const startedAt = performance.now();
  try {
    // what is away began its attempt when it was sent
    if (places.away(run.id) === null) await runs.beginAttempt(run.id, from?.step ?? 0);
    await runs.update(run.id, { startedAt: run.startedAt ?? new Date().toISOString() });
    const attempt = new Attempt(context, run, { datasetDir, initial, lane: hold.lane }, onMessage);
    const checkpoint = from ? paths.checkpointDir(run.id, from.path) : null;
    const ended = trainAndStore(context, run, attempt, { hold, checkpoint, beganAt, startedAt });
    return { ended, stop: () => attempt.stop(), kill: () => attempt.kill(), leave: () => attempt.leave() };
  } catch (error) {
    await leases.release(run.id, owner);
    throw error;
  }
}

interface Beginning {
  readonly hold: TrainingHold;
  readonly checkpoint: string | null;
  readonly beganAt: number;
  readonly startedAt: number;
}

/** Gives lease and lane back whatever happens. */
async function trainAndStore(
  context: StudioContext,
  run: Run,
  attempt: Attempt,
  { hold, checkpoint, beganAt, startedAt }: Beginning,
): Promise<void> {
  const { leases, runs, paths, owner } = context;
  const heartbeat = keepLease(context, run.id, attempt);
  try {
    const end = await attempt.train(checkpoint);
    const addDurationMs = attempt.computedMs ?? performance.now() - startedAt;
    if (attempt.isLeftBehind) return await runs.update(run.id, { addDurationMs });
    const outcome = withVanishedGpu(outcomeOf(end), await attempt.vanishedGpu());
    await attempt.store(() =>
      runs.update(run.id, {
        ...outcome,
        reason: [outcome.reason, ...attempt.leftOut].join(' '),
        endedAt: new Date(beganAt + performance.now() - startedAt).toISOString(),
        addDurationMs,
      }),
    );
    rmSync(join(paths.runDir(run.id), PLACE_FOLDER), { recursive: true, force: true });
    await attempt.takeValidation();
    if (outcome.state === 'outOfMemory' && outcome.error) {
      const error = withFittingBatch(outcome.error, run.spec, await attempt.findFittingBatch());
      await runs.update(run.id, { error });
    }
  } finally {
    clearInterval(heartbeat);
    rmSync(paths.decodeDiary(run.id), { recursive: true, force: true });
    await onceItCanBeStored(
      async () => {
        await leases.release(run.id, owner);
        await hold.release();
      },
      attempt.leaving,
      (error) => attempt.sayTrouble(error),
    );
  }
}

function keepLease({ leases, owner }: StudioContext, runId: string, attempt: Attempt): NodeJS.Timeout {
  const beat = (): void =>
    void leases.beat(runId, owner).then(
      (held) => {
        if (!held) attempt.loseLease();
      },
      () => undefined,
    );
  return setInterval(beat, HEARTBEAT_MS);
}
