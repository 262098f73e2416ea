import { afterEach, describe, expect, it, vi } from 'vitest';
import { Loader, type LoaderOptions } from '../../../../core/data/batches/loader.ts';
import type { PackedSplit } from '../../../../core/data/types.ts';
import goldens from '../../../fixtures/data/recipe-goldens.json' with { type: 'json' };

/** What timm's RepeatAugSampler gives for 29 images in their own order, three times each, on one device. */
const REPEATED = goldens.repeatedAugment;

const SIZE = 6;
const BYTES = SIZE * SIZE * 3;

/** A split in memory: every byte of picture i tells the picture and the position. */
function split(length: number, classes = 4): PackedSplit {
  const byte = (index: number, at: number): number => ((index * 31 + at * 7) % 255) + 1;
  return {
    length,
    bytesPerImage: BYTES,
    labels: Int32Array.from({ length }, (_, i) => i % classes),
    pathOf: (i) => `${i}.png`,
    read: (indices, out) => {
      for (let n = 0; n < indices.length; n += 1)
        for (let at = 0; at < BYTES; at += 1) out[n * BYTES + at] = byte(indices[n] as number, at);
    },
  };
}

const OPTIONS: LoaderOptions = {
  size: SIZE,
  channels: 3,
  batchSize: 8,
  augmentation: { flip: false, cropPadding: 0 },
  seed: 3,
  shuffle: true,
};

interface Copied {
  images: number[];
  labels: number[];
  indices: number[];
}

function copy(loader: Loader, epoch: number, step: number): Copied {
  const { images, labels, indices } = loader.batch(epoch, step);
  return { images: [...images], labels: [...labels], indices: [...indices] };
}

afterEach(() => vi.restoreAllMocks());

describe('Loader', () => {
  it('leaves pictures out where they would be, with every other one in its place', () => {
    const leftOut = new Set([3, 17]);
    const whole = new Loader(split(29), OPTIONS);
    const less = new Loader(split(29), { ...OPTIONS, leftOut });
    expect([less.length, less.stepsPerEpoch]).toEqual([29, 4]);
    for (const step of [0, 1, 2, 3]) {
      const { indices, labels, images } = copy(whole, 2, step);
      const kept = indices.flatMap((index, i) => (leftOut.has(index) ? [] : [i]));
      expect(copy(less, 2, step)).toEqual({
        indices: kept.map((i) => indices[i]),
        labels: kept.map((i) => labels[i]),
        images: kept.flatMap((i) => images.slice(i * BYTES, (i + 1) * BYTES)),
      });
    }
    expect(
      new Loader(split(3), { ...OPTIONS, batchSize: 1, shuffle: false, leftOut: new Set([1]) }).batch(0, 1),
    ).toMatchObject({ count: 0 });
  });

  it('shows every example once an epoch, in another order each epoch, the last batch smaller', () => {
    const loader = new Loader(split(29), OPTIONS);
    expect([loader.length, loader.stepsPerEpoch]).toEqual([29, 4]);
    const epochs = [0, 1].map((epoch) => [0, 1, 2, 3].flatMap((step) => copy(loader, epoch, step).indices));
    for (const order of epochs)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 29 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(loader.batch(0, 3)).toMatchObject({ count: 5 });
    expect(loader.batch(0, 3).images).toHaveLength(5 * BYTES);
  });

  it('brings labels and bytes that belong together', () => {
    const source = split(29);
    const { images, labels, indices } = copy(new Loader(source, OPTIONS), 2, 1);
    const expected = new Uint8Array(8 * BYTES);
    source.read(indices, expected);
    expect(images).toEqual([...expected]);
    expect(labels).toEqual(indices.map((index) => index % 4));
  });

  it('keeps the order without shuffling', () => {
    const loader = new Loader(split(20), { ...OPTIONS, shuffle: false });
    expect(copy(loader, 5, 2).indices).toEqual([16, 17, 18, 19]);
  });

  it('gives the same batch whatever was asked before, and never uses Math.random', () => {
    vi.spyOn(Math, 'random').mockImplementation(() => {
      throw new Error('Math.random was used');
    });
    const options = { ...OPTIONS, augmentation: { flip: true, cropPadding: 2 } };
    const forwards = new Loader(split(29), options);
    const straight = [0, 1, 2].map((epoch) => [0, 1, 2, 3].map((step) => copy(forwards, epoch, step)));
    const jumping = new Loader(split(29), options);
    for (const [epoch, step] of [
      [2, 3],
      [0, 0],
      [1, 2],
      [2, 0],
      [0, 3],
      [1, 1],
    ] as const)
      expect(copy(jumping, epoch, step)).toEqual(straight[epoch]?.[step]);
    expect(copy(new Loader(split(29), { ...options, seed: 4 }), 0, 0)).not.toEqual(straight[0]?.[0]);
  });

  it('augments an example the same way in any batch size', () => {
    const options = { ...OPTIONS, augmentation: { flip: true, cropPadding: 2 } };
    const pictures = (batchSize: number): Map<number, string> => {
      const loader = new Loader(split(29), { ...options, batchSize });
      const found = new Map<number, string>();
      for (let step = 0; step < loader.stepsPerEpoch; step += 1) {
        const { images, indices } = loader.batch(1, step);
        indices.forEach((index, i) => found.set(index, images.subarray(i * BYTES, (i + 1) * BYTES).join()));
      }
      return found;
    };
    expect(pictures(5)).toEqual(pictures(29));
  });

  it('flips half of the pictures and draws every shift equally often', () => {
    const source = split(2000);
    const loader = new Loader(source, {
      ...OPTIONS,
      batchSize: 2000,
      shuffle: false,
      augmentation: { flip: true, cropPadding: 0 },
    });
    const plain = new Uint8Array(2000 * BYTES);
    source.read(
      Array.from({ length: 2000 }, (_, i) => i),
      plain,
    );
    const flipped = (epoch: number): boolean[] => {
      const { images } = loader.batch(epoch, 0);
      return Array.from(
        { length: 2000 },
        (_, i) =>
          Buffer.compare(images.subarray(i * BYTES, (i + 1) * BYTES), plain.subarray(i * BYTES, (i + 1) * BYTES)) !== 0,
      );
    };
    const first = flipped(0);
    expect(Math.abs(first.filter(Boolean).length - 1000)).toBeLessThan(100);
    // Independent from epoch to epoch.
    expect(Math.abs(flipped(1).filter((value, i) => value === first[i]).length - 1000)).toBeLessThan(100);
  });

  it('repeats each image in a row, over the edges of batches, in an epoch of as many steps', () => {
    const plain = new Loader(split(29), OPTIONS);
    const repeating = new Loader(split(29), { ...OPTIONS, repeats: 3 });
    const orderOf = (loader: Loader): number[] => [0, 1, 2, 3].flatMap((step) => copy(loader, 1, step).indices);
    expect([repeating.length, repeating.stepsPerEpoch]).toEqual([29, 4]);
    const order = orderOf(plain);
    const expected = REPEATED.order.map((place) => order[place]);
    expect(orderOf(repeating)).toEqual(expected);
    const less = new Loader(split(29), { ...OPTIONS, repeats: 3, leftOut: new Set([order[2]!]) });
    expect(orderOf(less)).toEqual(expected.filter((index) => index !== order[2]));
    expect(copy(new Loader(split(29), { ...OPTIONS, shuffle: false, repeats: 3 }), 0, 0).indices).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it('uses two buffers in turn', () => {
    const loader = new Loader(split(29), OPTIONS);
    const first = loader.batch(0, 0);
    const kept = [...first.images];
    loader.batch(0, 1);
    expect([...first.images]).toEqual(kept);
    expect(loader.batch(0, 2).images.buffer).toBe(first.images.buffer);
  });

  it('limits to a fixed stratified subset, for any seed', () => {
    const examples = (seed: number): number[] => {
      const loader = new Loader(split(100), { ...OPTIONS, seed, limit: 12 });
      expect([loader.length, loader.stepsPerEpoch]).toEqual([12, 2]);
      return [...copy(loader, 0, 0).indices, ...copy(loader, 0, 1).indices].sort((a, b) => a - b);
    };
    expect(examples(1)).toEqual(examples(2));
    expect(
      examples(1)
        .map((index) => index % 4)
        .sort(),
    ).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('refuses what does not fit', () => {
    expect(() => new Loader(split(4), { ...OPTIONS, size: 7 })).toThrow(/108 bytes, 7 × 7 × 3 expected/);
    expect(() => new Loader(split(4), { ...OPTIONS, batchSize: 0 })).toThrow(RangeError);
    expect(() => new Loader(split(4), OPTIONS).batch(0, 1)).toThrow(RangeError);
  });
});
