import { describe, expect, it } from 'vitest';
import { packedChannelsOf } from '../../../contract/inputSpec.ts';
import { lrAt } from '../../../pure/schedule.ts';
import { RunRequest } from '../../../contract/runSpec.ts';
import { Loader } from '../../../core/data/batches/loader.ts';
import type { PackedSplit } from '../../../core/data/types.ts';
import { getModel } from '../../../core/models/registry.ts';
import { PRESETS } from '../../../core/studio/runs/presets.ts';
import { resolveSpec } from '../../../core/studio/runs/resolveSpec.ts';
import { Trainer } from '../../../core/train/trainer.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { exampleCard } from '../db/examples.ts';
import { exampleStart } from '../studio/runs/exampleStart.ts';

const BATCH = 4;
const PICTURES = 12;
const card = exampleCard({
  splits: {
    train: { count: PICTURES, labelled: true, perClass: [PICTURES / 2, PICTURES / 2] },
    val: { count: 4, labelled: true, perClass: [2, 2] },
  },
});

function noise(bytesPerImage: number): PackedSplit {
  const labels = Int32Array.from({ length: PICTURES }, (_, i) => i % 2);
  return {
    length: PICTURES,
    bytesPerImage,
    labels,
    pathOf: (i) => `${i}.png`,
    read(indices, out) {
      for (let n = 0; n < indices.length; n++)
        for (let at = 0; at < bytesPerImage; at++)
          out[n * bytesPerImage + at] =
            (Math.imul(at + 1, 2654435761) ^ Math.imul((indices[n] ?? 0) + 1, 40503)) >>> 24;
    },
  };
}

/** The preset as it is but for the size of network, pictures and batch. */
function narrowed(one: (typeof PRESETS)[number]['settings'][number]) {
  const model = getModel(one.model.name);
  const { options } = one.model;
  const small = { widthFactor: 0.125, depthFactor: 0.1, headWidth: options.headWidth === 0 ? 0 : 32 };
  const known = Object.fromEntries(
    Object.entries(small).filter(([name]) => (model.supports as readonly string[]).includes(name)),
  );
  return resolveSpec(
    RunRequest.parse({
      ...one,
      dataset: card.id,
      device: 'cpu',
      batchSize: BATCH,
      model: { ...one.model, options: { ...options, ...known } },
      preprocessing: { ...one.preprocessing, size: Math.max(model.minSize, 32) },
      ...(one.fineTuning && { fineTuning: { ...one.fineTuning, from: { kind: 'imported', weights: 'published' } } }),
    }),
    card,
    model,
    one.fineTuning ? exampleStart(one.model.name, { size: 32, model: { name: one.model.name, options: known } }) : null,
  );
}

describe.skipIf(noTensorFlow !== null)('a narrow network takes two steps by the recipe of', () => {
  it.each(
    PRESETS.flatMap(({ name, settings }) =>
      settings.map((one, i) => ({ title: settings.length > 1 ? `${name}, ${i + 1}` : name, one })),
    ),
  )('$title', ({ one }) => {
    const spec = narrowed(one);
    const { size } = spec.preprocessing;
    const channels = packedChannelsOf(spec.preprocessing);
    const loader = new Loader(noise(size * size * channels), {
      size,
      channels,
      batchSize: BATCH,
      augmentation: spec.augmentation,
      seed: spec.seed,
      shuffle: true,
      balanced: spec.balancedSampling,
      repeats: spec.repeatedAugment,
    });
    const trainer = new Trainer(spec, native(), loader);
    const span = { stepsPerEpoch: loader.stepsPerEpoch, epochs: spec.epochs, warmUp: spec.warmUp };
    try {
      trainer.initialise();
      const before = trainer.logits(loader.batch(0, 0)).slice();
      for (let step = 0; step < 2; step++) {
        const { loss } = trainer.step(loader.batch(0, step), lrAt(spec.schedule, spec.lr, step, span), step);
        expect(loss).toBeGreaterThan(0);
        expect(loss).toBeLessThan(100);
      }
      expect(trainer.logits(loader.batch(0, 0))).not.toEqual(before);
    } finally {
      trainer.dispose();
    }
  });
});
