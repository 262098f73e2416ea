import { afterAll, describe, expect, it } from 'vitest';
import { Augmentation } from '../../../../contract/recipe.ts';
import { Loader, type Batch, type LoaderOptions } from '../../../../core/data/batches/loader.ts';
import { PrefetchingLoader } from '../../../../core/data/batches/prefetchingLoader.ts';
import { SIDE, stripes } from '../../../support/smallRun.ts';

const OPTIONS: LoaderOptions = {
  size: SIDE,
  channels: 3,
  batchSize: 7,
  seed: 4,
  shuffle: true,
  fill: [9, 8, 7],
  augmentation: Augmentation.parse({
    flip: true,
    resizedCrop: {},
    trivialAugment: true,
    colorJitter: { hue: 0.2, contrast: 0.4 },
    erasing: {},
    mixup: 0.3,
    cutmix: 1,
  }),
};
const split = stripes(30, 3);
const open: PrefetchingLoader[] = [];
const prefetching = (threads: number, depth: number, options = OPTIONS) => {
  const loader = new PrefetchingLoader(split, options, { threads, depth });
  open.push(loader);
  return loader;
};
const copy = (b: Batch) => ({
  images: b.images.slice(),
  labels: b.labels.slice(),
  indices: b.indices.slice(),
  count: b.count,
  mix: b.mix && { labels: b.mix.labels.slice(), lam: b.mix.lam },
});
afterAll(() => Promise.all(open.map((loader) => loader.close())));

describe('batches made ahead by threads', () => {
  it.each([
    [1, 1],
    [1, 4],
    [3, 2],
    [2, 7],
  ])("%i threads, %i ahead: the loader's own, in order, over epochs, and after jumps", (threads, depth) => {
    const plain = new Loader(split, OPTIONS);
    const ahead = prefetching(threads, depth);
    const places = [
      ...[0, 1].flatMap((epoch) => [0, 1, 2, 3, 4].map((step) => [epoch, step] as const)),
      [3, 2],
      [0, 4],
      [0, 4],
      [3, 3],
      [1, 0],
    ] as const;
    for (const [epoch, step] of places)
      expect(copy(ahead.batch(epoch, step)), `epoch ${epoch}, step ${step}`).toEqual(copy(plain.batch(epoch, step)));
  });

  it('a batch stays as it is until the second next call', () => {
    const ahead = prefetching(2, 3);
    const first = ahead.batch(0, 0);
    const kept = copy(first);
    ahead.batch(0, 1);
    expect(copy(first)).toEqual(kept);
  });

  it('copies of an image are the same ones, made by a thread', () => {
    const options = { ...OPTIONS, repeats: 4 };
    const ahead = prefetching(2, 3, options);
    const plain = new Loader(split, options);
    for (const [epoch, step] of [
      [0, 0],
      [0, 1],
      [1, 4],
      [0, 1],
    ] as const)
      expect(copy(ahead.batch(epoch, step))).toEqual(copy(plain.batch(epoch, step)));
  });

  it('without augmentation they are the stored pictures', () => {
    const options = { ...OPTIONS, augmentation: Augmentation.parse({}) };
    expect(copy(prefetching(1, 2, options).batch(2, 4))).toEqual(copy(new Loader(split, options).batch(2, 4)));
  });

  it('what is out of range is told', () => expect(() => prefetching(1, 1).batch(0, 5)).toThrow(RangeError));
});
