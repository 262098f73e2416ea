/**
 * Real training runs that take a second: a split in memory with classes that can be learned, and the loop with all its
 * files.
 */
import { join } from 'node:path';
import type { TrainEvent } from '../../contract/run.ts';
import { RunSpec } from '../../contract/runSpec.ts';
import { Loader, type BatchSource } from '../../core/data/batches/loader.ts';
import type { PackedSplit } from '../../core/data/types.ts';
import type { Engine } from '../../core/engine/engine.ts';
import { train } from '../../core/train/train.ts';
import type { InitialSource } from '../../core/train/trainer.ts';

export const SIDE = 32;
const BYTES = SIDE * SIDE * 3;
const CLASSES = 4;

/** Stripes whose direction and color tell the class, under noise. */
export function stripes(length: number, salt: number): PackedSplit {
  const labels = Int32Array.from({ length }, (_, i) => (i % 7 === 0 ? 0 : i % CLASSES));
  return {
    length,
    bytesPerImage: BYTES,
    labels,
    pathOf: (i) => `${i}.png`,
    read(indices, out) {
      for (let n = 0; n < indices.length; n++) {
        const index = indices[n] ?? 0;
        const label = labels[index] ?? 0;
        for (let at = 0; at < BYTES; at++) {
          const x = Math.floor(at / 3) % SIDE;
          const y = Math.floor(at / (3 * SIDE));
          const wave = (label & 1 ? x : y) & 4 ? 60 : 0;
          out[n * BYTES + at] =
            60 +
            wave +
            (at % 3 === label >> 1 ? 60 : 0) +
            (((Math.imul(at + 1, 2654435761) ^ Math.imul(index + salt, 40503)) >>> 16) % 60);
        }
      }
    },
  };
}

/** Three epochs of five steps unless changed. */
export function smallSpec(change: object = {}): RunSpec {
  return RunSpec.parse({
    name: 'small',
    model: { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32 } },
    dataset: 'd',
    batchSize: 8,
    epochs: 3,
    lr: 1e-3,
    seed: 5,
    device: 'cpu',
    preprocessing: { size: SIDE, mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2] },
    classNames: ['a', 'b', 'c', 'd'],
    classIds: ['a', 'b', 'c', 'd'],
    datasetFingerprint: 'f',
    ...change,
  });
}

export interface Attempt {
  readonly events: TrainEvent[];
  readonly lastCheckpoint: string;
}

export interface AttemptOptions {
  readonly initial?: InitialSource;
  readonly resumeFrom?: string | null;
  readonly recordedSeq?: () => number | null;
  /** Called before each training and validation batch; aborting `stop` ends the run after it. */
  readonly onBatch?: (split: 'train' | 'val', epoch: number, step: number, stop: () => void) => void;
  /** True: the attempt ends right after this event as if the process died. */
  readonly dieAfter?: (event: TrainEvent) => boolean;
}

export async function attempt(
  spec: RunSpec,
  engine: Engine,
  directory: string,
  { resumeFrom = null, initial, onBatch, dieAfter, recordedSeq }: AttemptOptions = {},
): Promise<Attempt> {
  const stop = new AbortController();
  const events: TrainEvent[] = [];
  const source = (split: PackedSplit, kind: 'train' | 'val'): BatchSource => {
    const training = kind === 'train';
    const loader = new Loader(split, {
      size: SIDE,
      channels: 3,
      batchSize: spec.batchSize,
      augmentation: training ? spec.augmentation : { flip: false, cropPadding: 0 },
      seed: spec.seed,
      shuffle: training,
      balanced: training && spec.balancedSampling,
      repeats: training ? spec.repeatedAugment : 1,
    });
    return {
      stepsPerEpoch: loader.stepsPerEpoch,
      length: loader.length,
      classCounts: (classes) => loader.classCounts(classes),
      pathOf: (index) => loader.pathOf(index),
      batch(epoch, step) {
        onBatch?.(kind, epoch, step, () => {
          stop.abort();
        });
        return loader.batch(epoch, step);
      },
    };
  };
  const running = train(spec, {
    engine,
    runId: 'r',
    checkpointsDir: join(directory, 'checkpoints'),
    train: source(stripes(38, 1), 'train'),
    val: source(stripes(20, 1000), 'val'),
    resumeFrom,
    ...(initial && { initial }),
    ...(recordedSeq && { recordedSeq }),
    signal: stop.signal,
    startedAt: performance.now(),
  });
  let lastCheckpoint = '';
  for await (const event of running) {
    events.push(event);
    if (event.type === 'checkpointSaved') lastCheckpoint = event.checkpoint.path;
    if (dieAfter?.(event)) break;
  }
  return { events, lastCheckpoint };
}
