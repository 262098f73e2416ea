/**
 * Every kind of network in the registry learns (QUORUM_ZOO=all: every network): twenty steps on real pictures,
 * natively, in f32, and in bf16 those that have every layer among them, since bf16 is decided layer by layer. Narrow and
 * shallow as far as its options go; QUORUM_FULL_WIDTH=name,name (or all) trains those networks as they are instead,
 * in both precisions, which takes minutes each.
 */
import type { ModelCard } from '../../contract/network.ts';
import { describe, expect, it } from 'vitest';
import { type ModelOptions, type Precision, RunSpec } from '../../contract/runSpec.ts';
import { Loader } from '../../core/data/batches/loader.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { NetworkShape } from '../../core/models/family.ts';
import { listModels } from '../../core/models/registry.ts';
import { Trainer } from '../../core/train/trainer.ts';
import { coveringNetworks, distinctNetworks } from '../support/distinctNetworks.ts';
import { ENGINES, noTensorFlow, useThreads } from '../support/engines.ts';
import { SAMPLE_CLASSES, samplePictures } from '../support/samplePictures.ts';

// narrow networks are too small to share, and other test files use the other cores
useThreads(1);

const STEPS = 20;
const BATCH = 16;
const PER_CLASS = 8;
const wanted = process.env['QUORUM_FULL_WIDTH']?.split(',');
const isFull = wanted !== undefined;

/**
 * A network as wide as published wants smaller steps with so small a batch, and more than one last pixel for its
 * BatchNorm.
 */
const RATE = isFull ? 0.1 : 1;
const LEAST_SIZE = isFull ? 64 : 32;
const SGD = { optimizer: { kind: 'sgd', momentum: 0.9 }, lr: 0.02 * RATE };
const ADAM = { optimizer: { kind: 'adam' }, lr: 1e-3 * RATE };

interface Settings {
  readonly size: number;
  readonly options: ModelOptions;
  readonly recipe: object;
}

/** What lets a network show within twenty steps that it learns; one table for all precisions. */
function settingsOf(card: ModelCard): Settings {
  const smallest = Math.max(LEAST_SIZE, card.minSize);
  const narrow: ModelOptions = { widthFactor: 0.125, depthFactor: 0.1, headWidth: 64 };
  switch (card.family) {
    // Without normalisation before its head a narrow VGG needs some width and Adam; the published start of the
    // convolutional ones is for 4096 features.
    case 'vgg':
      return card.name.endsWith('_bn')
        ? { size: smallest, options: narrow, recipe: SGD }
        : {
            size: smallest,
            options: { widthFactor: 0.25, headWidth: 256, dropout: 0 },
            recipe: card.name.includes('_fc') ? { ...ADAM, lr: 3 * ADAM.lr } : ADAM,
          };
    // BatchNorm of a few pictures on one last pixel is mostly noise.
    case 'inception':
      return {
        size: card.name === 'se_inception_v2' ? 64 : card.name.startsWith('inception_v3') ? 107 : smallest,
        options: narrow,
        recipe: ADAM,
      };
    // Enough positions to take a covariance of; the re-weighting multiplies sigmoids and small products, which Adam
    // gets past at once.
    case '3g':
    case 'isqrt-cov':
      return { size: LEAST_SIZE, options: { ...narrow, smallInput: true }, recipe: { ...ADAM, lr: 5 * ADAM.lr } };
    // A narrow transformer sees more in patches of 4 pixels.
    case 'vit':
    case 'deit':
    case 'mixer':
      return { size: smallest, options: { ...narrow, smallInput: true }, recipe: ADAM };
    case 'swin':
    case 'convnext':
    case 'mobilenet':
    case 'mnasnet':
    case 'efficientnet':
    case 'efficientnet-lite':
    case 'efficientnetv2':
      return { size: smallest, options: { ...narrow, smallInput: true, dropout: 0 }, recipe: ADAM };
    // No normalisation at all.
    case 'squeezenet':
    case 'alexnet':
      return { size: smallest, options: { ...narrow, widthFactor: 0.25, dropout: 0 }, recipe: ADAM };
    case 'lenet':
    case 'cifar-quick':
      return { size: smallest, options: narrow, recipe: ADAM };
    default:
      return { size: smallest, options: narrow, recipe: SGD };
  }
}

/** The options of `settingsOf` that the network knows. */
function optionsOf(card: ModelCard): ModelOptions {
  const known = card.supports as readonly string[];
  return Object.fromEntries(Object.entries(settingsOf(card).options).filter(([option]) => known.includes(option)));
}

const shapeOf = (card: ModelCard): NetworkShape => ({
  size: settingsOf(card).size,
  channels: 3,
  classes: 10,
  options: optionsOf(card),
});
const cards = wanted
  ? listModels().filter(({ name }) => wanted.includes('all') || wanted.includes(name))
  : distinctNetworks(shapeOf);
const cases = [
  ...cards.map((card) => [card.name, 'f32', card] as const),
  ...(isFull ? cards : coveringNetworks(cards, shapeOf)).map((card) => [card.name, 'bf16', card] as const),
];

const splits = new Map<number, ReturnType<typeof samplePictures>>();
function splitOf(size: number): ReturnType<typeof samplePictures> {
  const made = splits.get(size) ?? samplePictures(size, PER_CLASS);
  splits.set(size, made);
  return made;
}

async function losses(card: ModelCard, precision: Precision, engine: Engine): Promise<number[]> {
  const { size, recipe } = settingsOf(card);
  const split = await splitOf(size);
  const options = isFull ? {} : optionsOf(card);
  const spec = RunSpec.parse({
    name: card.name,
    model: { name: card.name, options },
    dataset: 'sample',
    batchSize: BATCH,
    epochs: 100,
    seed: 1,
    device: 'cpu',
    precision,
    ...recipe,
    preprocessing: { size, mean: [0.286, 0.286, 0.286], std: [0.353, 0.353, 0.353] },
    classNames: SAMPLE_CLASSES,
    classIds: SAMPLE_CLASSES,
    datasetFingerprint: 'sample',
  });
  const loader = new Loader(split, {
    size,
    channels: 3,
    batchSize: BATCH,
    augmentation: spec.augmentation,
    seed: spec.seed,
    shuffle: true,
  });
  const trainer = new Trainer(spec, engine, loader);
  try {
    trainer.initialise();
    return Array.from(
      { length: STEPS },
      (_, step) =>
        trainer.step(loader.batch(Math.floor(step / loader.stepsPerEpoch), step % loader.stepsPerEpoch), spec.lr, step)
          .loss,
    );
  } finally {
    trainer.dispose();
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(noTensorFlow !== null)(
  `twenty steps lower the loss${noTensorFlow ? ` (${noTensorFlow})` : ''}`,
  { timeout: isFull ? 1_800_000 : 120_000 },
  () => {
    it.for(cases)('%s in %s', async ([, precision, card]) => {
      const engine = await ENGINES[0]!.open();
      const before = engine.liveTensors();
      const began = performance.now();
      const seen = await losses(card, precision, engine);
      if (isFull)
        console.log(
          `${card.name} ${precision}: ${((performance.now() - began) / 1000).toFixed(0)} s, ` +
            `loss ${seen.map((loss) => loss.toFixed(2)).join(' ')}`,
        );
      expect(engine.liveTensors(), 'tensors left behind').toBe(before);
      expect(seen.every(Number.isFinite), seen.join(' ')).toBe(true);
      expect(mean(seen.slice(-5)), seen.map((loss) => loss.toFixed(3)).join(' ')).toBeLessThan(mean(seen.slice(0, 5)));
    });
  },
);
