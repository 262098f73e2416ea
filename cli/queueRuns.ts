/** The queue from a terminal: putting runs into it, and training what waits. */
import type { LaneSettings } from '../contract/api/settings.ts';
import type { RunRow } from '../contract/api/runs/runTypes.ts';
import { METRIC } from '../contract/metrics.ts';
import type { EngineWait } from '../contract/engine.ts';
import { StudioError } from '../contract/errors.ts';
import { ENDED_BADLY } from '../contract/run.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { EngineGate } from '../core/studio/host/engineGate.ts';
import { RunQueue } from '../core/studio/host/runQueue.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from '../core/studio/training/trainingStatus.ts';
import { formatPercent, formatTable, printable } from './format.ts';
import { installOptions, withChoice } from './prepareEngine.ts';
import type { Session } from './session.ts';
import { showMessage } from './watchRun.ts';

const LOOK_MS = 300;

/** The queue as the studio's screens have it. */
export function openQueue(
  session: Session,
  onChange: (runIds: readonly string[]) => void = () => undefined,
): { queue: RunQueue; gate: EngineGate } {
  const { context, runs, engine } = session.studio;
  const gate = new EngineGate({
    context,
    engine,
    install: (device) => ({
      jobId: null,
      ended: engine.install(device, installOptions(session)).then(() => session.progress.end()),
    }),
    // shown by the installation itself
    onProgress: () => undefined,
    onChange: () => queue.poke(),
  });
  const queue = new RunQueue({
    context,
    runs,
    queue: context.queue,
    settings: context.settings,
    gate,
    onChange,
  });
  return { queue, gate };
}

/** Freezes the settings of each request and puts it at the end of the queue; several are one group. */
export async function queueRuns(session: Session, requests: readonly RunRequestInput[]): Promise<void> {
  const { studio, print } = session;
  const { runs } = await studio.runs.createAll(requests);
  await studio.context.queue.add(
    runs.map(({ id }) => id),
    'back',
  );
  print(
    runs.map(({ id, name }) => ({ id, name })),
    `${runs.map(({ id, name }) => printable(`${id} ("${name}") waits.`)).join('\n')}\nTrain ` +
      'what waits: quorum queue run',
  );
}

export interface QueueRunOptions {
  readonly stopAfterFailure: boolean;
  /** For this command alone; what is left out is as the settings say. */
  readonly limits?: Partial<LaneSettings>;
}

/** What became of the runs, as a command's result is printed. */
export interface QueueOutcome {
  readonly value: { readonly runs: readonly RunRow[]; readonly waiting: number; readonly pausedReason: string | null };
  readonly text: string;
}

/**
 * Trains what waits, one run at a time on each lane, until nothing does; a Ctrl-C lets those that train save and leaves
 * the rest waiting. A run that ended badly makes the exit code 1.
 */
export async function runQueue(
  session: Session,
  { stopAfterFailure, limits = {} }: QueueRunOptions,
): Promise<QueueOutcome> {
  const { studio, progress, interrupts } = session;
  studio.context.lanes.limit(limits);
  const here = new Set<string>();
  const statuses = new Map<string, TrainingStatus>();
  const { queue, gate } = openQueue(session, (ids) => {
    for (const id of ids) if (studio.runs.trainsHere(id)) here.add(id);
  });
  // whoever asks for it wants it tried again
  await gate.retry();
  const unsubscribe = studio.runs.subscribe((id, message) => {
    here.add(id);
    const status = foldTraining(statuses.get(id) ?? NOT_STARTED, message);
    statuses.set(id, status);
    showMessage(session, message, id, status);
  });
  const end = (kill: boolean): void => {
    for (const id of here) if (studio.runs.trainsHere(id)) void studio.runs.stop(id, { kill }).catch(() => undefined);
  };
  const stop = (): void => end(false);
  const kill = (): void => end(true);
  interrupts.signal.addEventListener('abort', stop);
  interrupts.killSignal.addEventListener('abort', kill);
  try {
    await queue.configure({
      paused: false,
      pausedReason: null,
      ...(stopAfterFailure && { continueAfterFailure: false }),
    });
    queue.open();
    await untilDone(session, { queue, gate }, here);
  } finally {
    await queue.close();
    gate.close();
    await gate.settle();
    interrupts.signal.removeEventListener('abort', stop);
    interrupts.killSignal.removeEventListener('abort', kill);
    await Promise.all([...here].map((id) => studio.runs.wait(id)));
    await queue.settle();
    unsubscribe();
    progress.end();
  }
  return outcomeOf(session, queue, here);
}

async function outcomeOf(
  { studio, interrupts }: Session,
  queue: RunQueue,
  here: ReadonlySet<string>,
): Promise<QueueOutcome> {
  const runs = await Promise.all([...here].map((id) => studio.runBook.require(id)));
  const waiting = (await studio.context.queue.waiting()).length;
  const blocked = [...queue.blocked].map(([id, why]) => printable(`${id}: ${why}`));
  const { pausedReason } = await queue.settings();
  const lines = [
    describeTrained(runs),
    ...(waiting > 0 ? [`${waiting} still wait${waiting === 1 ? 's' : ''}.`] : []),
    ...blocked,
    ...(pausedReason ? [printable(pausedReason)] : []),
  ];
  if ((blocked.length > 0 || runs.some((run) => ENDED_BADLY.includes(run.state))) && !interrupts.signal.aborted)
    process.exitCode = 1;
  return { value: { runs, waiting, pausedReason }, text: lines.join('\n') };
}

function describeTrained(runs: readonly RunRow[]): string {
  if (runs.length === 0) return 'Nothing was trained.';
  const rows = runs.map(({ id, name, state, best }) => [
    id,
    name,
    state,
    formatPercent(best[METRIC.valTop1]),
    best[METRIC.valLoss]?.toFixed(4) ?? '–',
  ]);
  return formatTable(['run', 'name', 'state', 'best top-1', 'best loss'], rows, ['best top-1', 'best loss']);
}

/** Until nothing trains here and nothing waits that can start, the queue is paused, or the user says so. */
async function untilDone(
  { studio, progress, interrupts }: Session,
  { queue, gate }: { queue: RunQueue; gate: EngineGate },
  here: ReadonlySet<string>,
): Promise<void> {
  let told = false;
  while (!interrupts.signal.aborted) {
    const training = [...here].some((id) => studio.runs.trainsHere(id));
    const waiting = await studio.context.queue.waiting();
    if (!training) {
      if (waiting.every(({ id }) => queue.blocked.has(id)) || (await queue.settings()).paused) return;
      const engine = await gate.state();
      if (engine?.state === 'failed') throw withChoice(engineError(engine));
      const other = (await studio.context.lanes.held()).find(({ pid }) => pid !== process.pid);
      if (other && !told) {
        progress.say(`Waiting: another program computes "${other.title}".`);
        told = true;
      }
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
}

function engineError({ error, fallback }: Extract<EngineWait, { state: 'failed' }>): StudioError {
  return StudioError.fromReport({ ...error, details: { ...error.details, fallback } });
}
