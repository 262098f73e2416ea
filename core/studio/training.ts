/** One attempt of a run: its lease, its process, its records, its end. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import type { CheckpointInfo, RunState, RunSummary } from '../../contract/run.ts';
import type { StudioContext } from './context.ts';
import { RunRecorder } from './runRecorder.ts';
import type { RunMessage } from './runMessage.ts';

const HEARTBEAT_MS = 5000;

export interface ActiveRun {
  /** Resolves once the process is gone, everything is stored and the lease is given back; rejects only when the database failed. */
  readonly ended: Promise<void>;
  /** First call: finish the step, save, end. Second call: kill. */
  stop(): void;
}

/**
 * Takes the lease and starts the process.
 * @param from checkpoint to continue from; null trains from the start
 * @throws StudioError `run.inUse`, `dataset.notFound`, `dataset.changed`
 */
export async function startTraining(context: StudioContext, run: RunSummary, from: CheckpointInfo | null, onMessage: (message: RunMessage) => void): Promise<ActiveRun> {
  const { leases, runs, paths, owner } = context;
  const datasetDir = await requireDataset(context, run);
  const holder = await leases.acquire(run.id, owner);
  if (holder) throw new StudioError('run.inUse', `Run ${run.id} is being trained by process ${holder.pid} on ${holder.hostName}.`, { remedy: 'Wait for it to end, or stop it there.' });
  const startedAt = performance.now();
  try {
    await runs.beginAttempt(run.id, from?.step ?? 0);
    await runs.update(run.id, { startedAt: run.startedAt ?? new Date().toISOString() });
    const recorder = new RunRecorder(context, run.id, onMessage);
    const job = context.startJob(
      { kind: 'train', runId: run.id, spec: run.spec, runDir: paths.runDir(run.id), datasetDir, resumeFrom: from ? resolve(paths.runDir(run.id), from.path) : null },
      {
        device: run.spec.device, logFile: join(paths.runDir(run.id), 'worker.log'), onEvent: (event) => recorder.record(event),
        onProgress: (progress) => onMessage({ ...progress, type: 'preparing' }), onLog: (level, text) => onMessage({ type: 'log', level, text }),
      },
    );
    const heartbeat = setInterval(() => void leases.beat(run.id, owner).catch(() => undefined), HEARTBEAT_MS);
    const ended = (async () => {
      try {
        const failure = await job.result.then(() => null, (error: unknown) => error);
        await recorder.drain();
        await runs.update(run.id, { ...outcome(recorder, failure, job.killed), endedAt: new Date().toISOString(), addDurationMs: performance.now() - startedAt });
      } finally {
        clearInterval(heartbeat);
        await leases.release(run.id, owner);
      }
    })();
    return { ended, stop: () => job.stop() };
  } catch (error) {
    await leases.release(run.id, owner);
    throw error;
  }
}

/** The data set's folder, as long as it is still the one the run was made for. */
async function requireDataset({ datasets, paths }: StudioContext, run: RunSummary): Promise<string> {
  const card = await datasets.find(run.spec.dataset);
  const directory = paths.datasetDir(run.spec.dataset);
  if (!card || !existsSync(directory)) throw new StudioError('dataset.notFound', `Data set ${run.spec.dataset} of run ${run.id} is gone.`, { remedy: 'Import it again and start a new run.' });
  if (card.fingerprint !== run.spec.datasetFingerprint) throw new StudioError('dataset.changed', `Data set "${card.name}" is not the one run ${run.id} was made for.`, { remedy: 'Start a new run on it.' });
  return directory;
}

function outcome({ finished }: RunRecorder, failure: unknown, killed: boolean): { state: RunState; reason: string; error: ReturnType<StudioError['toReport']> | null } {
  if (finished && failure === null) return { state: finished.state, reason: finished.reason, error: finished.error };
  const error = failure instanceof StudioError ? failure : new StudioError('run.workerDied', failure instanceof Error ? failure.message : 'The training process ended without saying how the run ended.');
  if (killed) return { state: 'interrupted', reason: 'Killed on request.', error: null };
  // A process that dies after its last word has still finished; the word says how.
  if (finished && error.code === 'run.workerDied') return { state: finished.state, reason: finished.reason, error: finished.error };
  if (error.code === 'job.stopped') return { state: 'stopped', reason: 'Stopped before the first step.', error: null };
  const state: RunState = error.code === 'run.outOfMemory' ? 'outOfMemory' : error.code === 'run.diverged' ? 'diverged' : error.code === 'run.workerDied' ? 'interrupted' : 'failed';
  return { state, reason: error.message, error: error.toReport() };
}
