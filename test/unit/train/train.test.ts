import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../../contract/metrics.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import { Loader } from '../../../core/data/batches/loader.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import type { Engine } from '../../../core/engine/engine.ts';
import { getModel } from '../../../core/models/registry.ts';
import { readTensors } from '../../../core/train/checkpoint.ts';
import { addScores, NO_SCORES } from '../../../core/train/scores.ts';
import { native, noTensorFlow, webAssembly } from '../../support/engines.ts';
import { attempt, SIDE, smallSpec, stripes } from '../../support/smallRun.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-train-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const engineHere = async (): Promise<Engine> => (noTensorFlow === null ? native() : webAssembly());
const pointsOf = (events: readonly TrainEvent[], name: string): MetricPoint[] =>
  events
    .flatMap((e) => (e.type === 'stepped' || e.type === 'epochEnded' ? e.points : []))
    .filter((p) => p.name === name);
const endOf = (events: readonly TrainEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'finished' ? last : null;
};

describe('a run', () => {
  it('learns, and ends with its epochs', async () => {
    const { events } = await attempt(smallSpec({ epochs: 12, lr: 3e-3 }), await engineHere(), folder);
    const losses = pointsOf(events, 'train/loss');
    expect(losses.length).toBe(12);
    expect(losses.at(-1)?.value ?? NaN).toBeLessThan(0.6 * (losses[0]?.value ?? NaN));
    expect(endOf(events)).toMatchObject({ state: 'finished', step: 60, reason: 'All 12 epochs done.' });
    expect(pointsOf(events, 'train/batchLoss').map((p) => p.step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it('whose loss is no number any more ends at that step and names the pictures of its batch', async () => {
    const seen: number[][] = [];
    const { events } = await attempt(smallSpec({ lr: 1e30 }), await engineHere(), folder, {
      onBatch: (split, epoch, step) => {
        if (split === 'train') seen.push([epoch, step]);
      },
    });
    const end = endOf(events);
    const [epoch = -1, step = -1] = seen.at(-1) ?? [];
    const batch = new Loader(stripes(38, 1), {
      size: SIDE,
      channels: 3,
      batchSize: 8,
      augmentation: { flip: false, cropPadding: 0 },
      seed: 5,
      shuffle: true,
    }).batch(epoch, step);
    const images = [...batch.indices.subarray(0, batch.count)].map((index) => `${index}.png`);
    expect(end).toMatchObject({
      state: 'diverged',
      error: { code: 'run.diverged', details: { step: epoch * 5 + step + 1, lr: 1e30, images } },
    });
    expect(end?.error?.message).toContain(
      `at step ${epoch * 5 + step + 1} (epoch ${epoch + 1}), in a batch of ${images.slice(0, 3).join(', ')} and ${images.length - 3} more.`,
    );
    expect(pointsOf(events, 'train/batchLoss').at(-1)).toMatchObject({ step: epoch * 5 + step + 1, value: null });
  });

  it.each([
    ['vgg11_bn', [1, 3]],
    ['vgg11', [1, 2, 3, 4]],
  ])('%s: a single image left over is in no step where BatchNorm would see it alone', async (name, taught) => {
    const options = { widthFactor: 0.125, headWidth: 32 };
    const spec = smallSpec({ model: { name, options }, batchSize: 37, epochs: 2 });
    const { events } = await attempt(spec, await engineHere(), folder);
    expect(endOf(events)).toMatchObject({ state: 'finished', step: 4 });
    expect(pointsOf(events, 'train/batchLoss').map((p) => p.step)).toEqual(taught);
    expect(pointsOf(events, 'train/loss').every((p) => Number.isFinite(p.value))).toBe(true);
  });

  it("tells the gradients' norm where it is clipped, and only there", async () => {
    const engine = await engineHere();
    const clipped = await attempt(smallSpec({ clipNorm: 0.5, epochs: 1 }), engine, join(folder, 'a'));
    const plain = await attempt(smallSpec({ epochs: 1 }), engine, join(folder, 'b'));
    expect(pointsOf(clipped.events, 'train/gradNorm').every((p) => (p.value ?? -1) > 0)).toBe(true);
    expect([
      pointsOf(clipped.events, 'train/gradNorm').length,
      pointsOf(plain.events, 'train/gradNorm').length,
    ]).toEqual([5, 0]);
  });

  it('stops early by accuracy with a least change', async () => {
    const { events } = await attempt(
      smallSpec({ epochs: 50, lr: 1e-9, earlyStopping: { metric: 'val/top1', patience: 2, minChange: 0.2 } }),
      await engineHere(),
      folder,
    );
    expect(endOf(events)?.reason).toMatch(/no better val\/top1 for 2 epochs; the best was epoch 1/);
    expect(pointsOf(events, 'val/top1').length).toBe(3);
  });

  it('ends when its time is used up, and says where', async () => {
    const { events, lastCheckpoint } = await attempt(
      smallSpec({ epochs: 100_000, budget: { hours: 1.5 / 3600 } }),
      await engineHere(),
      folder,
    );
    const end = endOf(events);
    expect(end).toMatchObject({ state: 'finished' });
    expect(end?.reason).toMatch(/budget of .* hours was used up/);
    expect(end?.step).toBeGreaterThan(0);
    expect(lastCheckpoint).not.toBe('');
  });

  it("that keeps averages validates by them, and its checkpoint's weights are those", async () => {
    const spec = smallSpec({
      model: { name: 'vgg11_bn', options: { widthFactor: 0.125, headWidth: 32 } },
      averaging: { decay: 0.8 },
      epochs: 4,
    });
    const engine = await engineHere();
    const { events, lastCheckpoint } = await attempt(spec, engine, folder);
    const program = networkProgram({
      model: getModel(spec.model.name),
      shape: { size: SIDE, channels: 3, classes: 4, options: spec.model.options },
      preprocessing: spec.preprocessing,
      precision: 'f32',
    });
    const session = engine.load(program);
    session.write(readTensors(lastCheckpoint, 'weights.safetensors'));
    const val = new Loader(stripes(20, 1000), {
      size: SIDE,
      channels: 3,
      batchSize: 8,
      augmentation: { flip: false, cropPadding: 0 },
      seed: 5,
      shuffle: false,
    });
    let sum = NO_SCORES;
    for (let step = 0; step < val.stepsPerEpoch; step++) {
      const { images, labels, count } = val.batch(0, step);
      sum = addScores(
        sum,
        session.run('infer', { images: { shape: [count, SIDE, SIDE, 3], data: images } })['logits']
          ?.data as Float32Array,
        labels,
        4,
      );
    }
    session.dispose();
    expect(sum.lossSum / sum.count).toBeCloseTo(pointsOf(events, 'val/loss').at(-1)?.value ?? NaN, 5);
    const trained = readTensors(lastCheckpoint, 'optimizer.safetensors').get('conv1_1/kernel#trained');
    expect(trained).not.toEqual(readTensors(lastCheckpoint, 'weights.safetensors').get('conv1_1/kernel'));
  });

  it('in parts is the run in whole batches, without BatchNorm and dropout', async () => {
    const engine = await engineHere();
    const whole = await attempt(smallSpec({ epochs: 1 }), engine, join(folder, 'a'));
    const parts = await attempt(smallSpec({ epochs: 1, accumulate: 3 }), engine, join(folder, 'b'));
    pointsOf(whole.events, 'train/batchLoss').forEach((p, i) =>
      expect(pointsOf(parts.events, 'train/batchLoss')[i]?.value).toBeCloseTo(p.value ?? NaN, 3),
    );
  });
});
