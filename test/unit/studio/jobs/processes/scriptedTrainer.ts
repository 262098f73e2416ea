/**
 * A job process that sends the events a training would, without computing: three epochs of four steps, NaN on the way,
 * ends as TEST_TRAINING says.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CheckpointManifest,
  checkpointName,
  MANIFEST_FILE,
} from '../../../../../contract/weights/checkpointManifest.ts';
import { metricPoint } from '../../../../../contract/metrics.ts';
import type { DeviceReport, TrainEvent } from '../../../../../contract/run.ts';
import { isDiskFull } from '../../../../../core/files/fileErrors.ts';
import type { HostMessage } from '../../../../../core/worker/jobMessages.ts';
import { TrainJob } from '../../../../../core/worker/jobs/train/messages.ts';
import { DEVICE } from '../../../db/examples.ts';

const how = process.env['TEST_TRAINING'] ?? 'finish';
let stopped = false;

const send = (message: object): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));
const tell = (event: TrainEvent): Promise<void> => send({ type: 'event', event });

process.on('disconnect', () => process.exit(1));
process.on('message', (message: HostMessage) => {
  if (message.type === 'stop') stopped = true;
  if (message.type !== 'start') return;
  if (message.job.kind !== 'train') process.exit(9);
  void train(TrainJob.parse(message.job.request));
});

/** On the GPU that this process sees, where it was given one. */
function deviceHere(): DeviceReport {
  const uuid = process.env['CUDA_VISIBLE_DEVICES'] ?? '-1';
  return uuid === '-1' ? DEVICE : { ...DEVICE, kind: 'gpu', name: 'Pretended X1', uuid, index: Number(uuid[11]) };
}

async function train(job: TrainJob): Promise<void> {
  const from = job.resumeFrom === null ? 0 : stepOf(job.resumeFrom);
  if (how === 'hang preparing') {
    await send({ type: 'progress', stage: 'pack', done: 1, total: 10, perSec: 1, secondsLeft: 9 });
    process.kill(process.pid, 'SIGSTOP');
  }
  await tell({
    type: 'started',
    device: deviceHere(),
    stepsPerEpoch: 4,
    totalSteps: 12,
    step: from,
    parameters: 10,
    secondsToFirstStep: 0.1,
  });
  for (let step = from + 1; step <= 12; step++) {
    const epoch = step / 4;
    await tell({
      type: 'stepped',
      step,
      epoch,
      imagesPerSec: 100,
      secondsLeft: 1,
      points: [metricPoint('train/batchLoss', step, epoch, step === 2 ? NaN : 10 / step)],
    });
    if (how === 'hang training' && step === 7) process.kill(process.pid, 'SIGSTOP');
    if (how === 'crash' && step === 7) process.kill(process.pid, 'SIGKILL');
    if (stopped || (how === 'wait' && step === 6)) {
      while (!stopped) await new Promise((resolve) => setTimeout(resolve, 10));
      return end(step, 'stopped', `Stopped after step ${step}.`);
    }
    if (how === 'diverge' && step === 6) return end(step, 'diverged', 'The loss became NaN at step 6.');
    if (step % 4 !== 0) continue;
    const best = epoch === 2;
    await tell({
      type: 'epochEnded',
      epoch,
      step,
      points: [
        metricPoint('val/loss', step, epoch, best ? 0.1 : 1),
        metricPoint('val/top1', step, epoch, best ? 0.9 : 0.5),
      ],
      improved: epoch < 3,
      epochsSinceBest: best ? 0 : 1,
    });
    await tell({ type: 'saving', step });
    if (how === 'hang saving' && epoch === 2) process.kill(process.pid, 'SIGSTOP');
    const { path, sizeBytes } = await saveOnceThereIsRoom(job.runId, job.runDir, { seq: epoch, step, epoch });
    await tell({
      type: 'checkpointSaved',
      checkpoint: { seq: epoch, step, epoch, trigger: 'epoch', path, sizeBytes, metrics: {}, isBest: best },
      pruned: [],
    });
  }
  await end(12, 'finished', 'All epochs done.');
}

/** As a training does: a full disk delays a checkpoint, and ends nothing. */
async function saveOnceThereIsRoom(...checkpoint: Parameters<typeof save>): Promise<ReturnType<typeof save>> {
  for (;;) {
    try {
      return save(...checkpoint);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A checkpoint folder as the host reads it; only its state has any content. */
function save(
  runId: string,
  runDir: string,
  { seq, step, epoch }: { seq: number; step: number; epoch: number },
): { path: string; sizeBytes: number } {
  const path = join(runDir, 'checkpoints', checkpointName(seq));
  mkdirSync(path, { recursive: true });
  const state = JSON.stringify({ bestSeq: epoch < 2 ? null : 2 });
  writeFileSync(join(path, 'state.json'), state);
  const manifest: CheckpointManifest = {
    schema: 1,
    runId,
    seq,
    trigger: 'epoch',
    step,
    epoch,
    metrics: {},
    files: [{ name: 'state.json', sizeBytes: state.length, sha256: '' }],
    engine: 'none',
  };
  writeFileSync(join(path, MANIFEST_FILE), JSON.stringify(manifest));
  return { path, sizeBytes: state.length };
}

const stepOf = (checkpoint: string): number =>
  CheckpointManifest.parse(JSON.parse(readFileSync(join(checkpoint, MANIFEST_FILE), 'utf8'))).step;

async function end(step: number, state: 'finished' | 'stopped' | 'diverged', reason: string): Promise<void> {
  await tell({ type: 'finished', state, reason, error: null, bestEpoch: 2, step, imagesPerSec: 99, durationMs: 1000 });
  await send({ type: 'done', result: null });
  process.disconnect();
  process.exit(0);
}
