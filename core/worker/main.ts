/** Entry of the job process: takes one job from its host, does it, says how it ended, and goes. */
import { getPriority, setPriority } from 'node:os';
import { StudioError } from '../../contract/errors.ts';
import { HostMessage, type Job, PRIORITY_VARIABLE, type WorkerMessage } from './jobMessages.ts';
import type { JobContext, RunJob } from './jobContext.ts';

const startedAt = performance.now() - process.uptime() * 1000;
const stop = new AbortController();
let orphaned = false;
let recordedSeq: number | null = null;

/** Resolves when the message is on its way; a host that is gone hears nothing. */
function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && !orphaned)
      process.send(message, () => {
        resolve();
      });
    else resolve();
  });
}

// A job is loaded when its turn comes: an import needs no engine, a bench no decoder.
async function run({ kind, request }: Job, context: JobContext): Promise<unknown> {
  const job = (await import(`./jobs/${kind}/job.ts`)) as { run: RunJob };
  return job.run(request, context);
}

async function start(job: Job): Promise<void> {
  try {
    const result = await run(job, {
      send: (message) => {
        void send(message);
      },
      signal: stop.signal,
      recordedSeq: () => recordedSeq,
      startedAt,
    });
    await send({ type: 'done', result });
    process.exit(0);
  } catch (error) {
    // A job that was asked to stop and left nothing behind ends by throwing the signal's own reason.
    const known =
      error instanceof StudioError
        ? error
        : error === stop.signal.reason
          ? new StudioError('job.stopped', 'Stopped; nothing was kept.')
          : outOfHostMemory(error);
    if (!known) throw error;
    await send({ type: 'failed', error: known.toReport() });
    process.exit(0);
  }
}

/** What JavaScript throws when the system gives no more memory for an array. */
function outOfHostMemory(error: unknown): StudioError | null {
  if (
    !(error instanceof RangeError) ||
    !/allocation failed|invalid (typed )?array (buffer )?length/i.test(error.message)
  )
    return null;
  return new StudioError('run.outOfMemory', `The machine gave no more memory: ${error.message}.`, {
    remedy: 'Use a smaller batch or image size, or close other programs.',
    cause: error,
  });
}

const priority = Number(process.env[PRIORITY_VARIABLE] ?? 0);
// Before the engine starts its threads, which inherit it. One that gives way more already could not be raised to it.
if (priority > getPriority()) setPriority(priority);

process.on('message', (message) => {
  const parsed = HostMessage.parse(message);
  switch (parsed.type) {
    case 'start':
      void start(parsed.job);
      break;
    case 'recorded':
      recordedSeq = parsed.seq;
      break;
    case 'stop':
      stop.abort();
  }
});
// Without its host a job finishes its step, saves and ends, so that nothing computes unseen.
process.on('disconnect', () => {
  orphaned = true;
  stop.abort();
});
process.on('SIGTERM', () => {
  stop.abort();
});
process.on('unhandledRejection', (reason) => {
  console.error(reason);
  process.exit(70);
});
