import { describe, expect, it } from 'vitest';
import { Augmentation } from '../../../../contract/recipe.ts';
import { balancedOrder } from '../../../../core/data/batches/balancedOrder.ts';
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  hue,
  posterize,
  saturation,
  sharpness,
  solarize,
} from '../../../../core/data/augment/colorOps.ts';
import { AFFINE, resizedCrop, warp } from '../../../../core/data/augment/geometryOps.ts';
import { Loader, type LoaderOptions } from '../../../../core/data/batches/loader.ts';
import { beta } from '../../../../core/data/augment/mix.ts';
import { meanBytes } from '../../../../core/data/augment/meanBytes.ts';
import { keyedRandom } from '../../../../core/data/random.ts';
import { OPERATIONS, RAND_OPERATIONS, randAugment } from '../../../../core/data/augment/trivialAugment.ts';
import type { PackedSplit } from '../../../../core/data/types.ts';
import goldens from '../../../fixtures/data/augmentation-goldens.json' with { type: 'json' };
import tables from '../../../fixtures/data/recipe-goldens.json' with { type: 'json' };

const SIZE = 24;
const BYTES = SIZE * SIZE * 3;
const golden = (name: string) =>
  Uint8Array.from(Buffer.from(goldens.find((g) => g.name === name)?.bytes ?? '', 'base64'));
const picture = golden('picture');

/** Our name of torchvision's operation. */
const nameOf = (theirs: string): string => `${theirs[0]!.toLowerCase()}${theirs.slice(1)}`;

function changed(name: string, v: number): Uint8Array {
  const x = picture.slice();
  const scratch = new Uint8Array(BYTES);
  switch (name) {
    case 'brightness':
      brightness(x, v);
      break;
    case 'contrast':
      contrast(x, 3, v);
      break;
    case 'saturation':
      saturation(x, 3, v);
      break;
    case 'hue':
      hue(x, 3, v);
      break;
    case 'sharpness':
      sharpness(x, SIZE, 3, v, scratch);
      break;
    case 'posterize':
      posterize(x, v);
      break;
    case 'solarize':
      solarize(x, v);
      break;
    case 'autoContrast':
      autoContrast(x, 3);
      break;
    case 'equalize':
      equalize(x, 3);
      break;
    case 'shearX':
      warp(x, SIZE, 3, AFFINE.shearX(v, SIZE), scratch);
      break;
    case 'shearY':
      warp(x, SIZE, 3, AFFINE.shearY(v, SIZE), scratch);
      break;
    case 'translateX':
      warp(x, SIZE, 3, AFFINE.translateX(v), scratch);
      break;
    case 'translateY':
      warp(x, SIZE, 3, AFFINE.translateY(v), scratch);
      break;
    case 'rotate':
      warp(x, SIZE, 3, AFFINE.rotate(v), scratch);
      break;
    case 'resizedCrop':
      resizedCrop(picture, x, SIZE, 3, { top: 3, left: 5, height: 17, width: 13 }, false);
      break;
    case 'picture':
      break;
    default:
      throw new Error(name);
  }
  return x;
}

describe("changes of bytes are torchvision's", () => {
  it.each(goldens)('$name $argument', ({ name, argument, bytes }) => {
    const expected = Uint8Array.from(Buffer.from(bytes, 'base64'));
    const found = changed(name, argument);
    const worst = Math.max(...found.map((v, i) => Math.abs(v - (expected[i] ?? NaN))));
    const wrong = found.reduce((n, v, i) => n + (v === expected[i] ? 0 : 1), 0);
    // torchvision's bilinear weights, hues and smoothing are float32 sums: a value on the edge between two levels may
    // fall to the other side.
    const smooth = ['resizedCrop', 'hue', 'sharpness'].includes(name);
    expect(worst).toBeLessThanOrEqual(smooth ? 1 : 0);
    expect(wrong / BYTES).toBeLessThanOrEqual(smooth ? 0.02 : 0);
  });

  it.each([
    ['RandAugment', RAND_OPERATIONS, tables.randAugment],
    ['TrivialAugment', OPERATIONS, tables.trivialAugment],
  ] as const)('%s has the operations and strengths that torchvision has', (_, operations, golden) => {
    for (const [side, rows] of Object.entries(golden)) {
      expect(operations.map(({ name }) => name)).toEqual(Object.keys(rows).map(nameOf));
      Object.entries(rows).forEach(([name, { signed, magnitudes }], i) => {
        const { magnitude, signed: ours } = operations[i]!;
        expect(ours, name).toBe(signed);
        magnitudes.forEach((value, bin) => {
          expect(magnitude(bin, Number(side)), `${name}, strength ${bin}`).toBeCloseTo(value, 4);
        });
      });
    }
  });

  it('RandAugment applies as many operations as asked, at the strength asked, the same for the same key', () => {
    const done = (key: number, operations: number, magnitude: number): Uint8Array => {
      const x = picture.slice();
      randAugment(
        { x, size: SIZE, channels: 3, scratch: new Uint8Array(BYTES) },
        { operations, magnitude },
        keyedRandom(key, 'test'),
      );
      return x;
    };
    expect(done(1, 2, 9)).toEqual(done(1, 2, 9));
    const keys = Array.from({ length: 40 }, (_, key) => key);
    const changed = (operations: number): number =>
      keys.filter((key) => Buffer.compare(done(key, operations, 9), picture) !== 0).length;
    // one of fourteen operations is the identity
    expect(changed(1)).toBeLessThan(40);
    expect(changed(3)).toBeGreaterThan(changed(1));
  });

  it('gray pictures pass through every operation', () => {
    for (const operation of OPERATIONS) {
      const x = picture.slice(0, SIZE * SIZE);
      operation.apply(
        { x, size: SIZE, channels: 1, scratch: new Uint8Array(SIZE * SIZE) },
        operation.magnitude(15, SIZE),
      );
      expect(x.length).toBe(SIZE * SIZE);
      if (operation.name === 'color') expect(x).toEqual(picture.slice(0, SIZE * SIZE));
    }
  });
});

const COUNT = 23;
const split: PackedSplit = {
  length: COUNT,
  bytesPerImage: BYTES,
  labels: Int32Array.from({ length: COUNT }, (_, i) => (i < 15 ? 0 : i < 21 ? 1 : 2)),
  pathOf: String,
  read(indices, out) {
    for (let i = 0; i < indices.length; i++)
      out.set(
        picture.map((v) => (v + 7 * (indices[i] ?? 0)) & 255),
        i * BYTES,
      );
  },
};
const options = (a: object, more: Partial<LoaderOptions> = {}): LoaderOptions => ({
  size: SIZE,
  channels: 3,
  batchSize: 5,
  augmentation: Augmentation.parse(a),
  seed: 3,
  shuffle: true,
  fill: [1, 2, 3],
  ...more,
});
const ALL = {
  flip: true,
  resizedCrop: { minArea: 0.3 },
  trivialAugment: true,
  colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  erasing: { probability: 0.5 },
};
const copy = ({ images, labels, indices, mix }: ReturnType<Loader['batch']>) => ({
  images: images.slice(),
  labels: labels.slice(),
  indices: indices.slice(),
  mix: mix && { labels: mix.labels.slice(), lam: mix.lam },
});

describe('the loader augments', () => {
  it('the same whenever and in whatever order batches are asked for', () => {
    const one = new Loader(split, options({ ...ALL, mixup: 0.2, cutmix: 1 }));
    const other = new Loader(split, options({ ...ALL, mixup: 0.2, cutmix: 1 }));
    const forward = [0, 1, 2, 3, 4].map((step) => copy(one.batch(2, step)));
    const backward = [4, 3, 2, 1, 0].map((step) => copy(other.batch(2, step)));
    expect(forward).toEqual(backward.reverse());
    expect(copy(one.batch(3, 0))).not.toEqual(forward[0]);
  });

  it('each example by itself: the batch size plays no part', () => {
    const small = new Loader(split, options(ALL));
    const large = new Loader(split, options(ALL, { batchSize: 23 }));
    const whole = copy(large.batch(1, 0));
    for (let step = 0; step < 5; step++)
      expect(small.batch(1, step).images).toEqual(
        whole.images.subarray(step * 5 * BYTES, Math.min(23, step * 5 + 5) * BYTES),
      );
  });

  it('each copy of an example anew, and the first as if it were the only one', () => {
    const alone = copy(new Loader(split, options(ALL, { batchSize: 23 })).batch(1, 0));
    const loader = new Loader(split, options(ALL, { batchSize: 23, repeats: 3 }));
    const repeated = copy(loader.batch(1, 0));
    const bytesOf = (all: Uint8Array, i: number): string => String(all.subarray(i * BYTES, (i + 1) * BYTES));
    // 23 places hold seven examples three times and one twice
    expect([...repeated.indices]).toEqual(Array.from({ length: 23 }, (_, i) => alone.indices[Math.floor(i / 3)]));
    for (let i = 0; i < 21; i += 3) {
      expect(bytesOf(repeated.images, i)).toBe(bytesOf(alone.images, i / 3));
      expect(new Set([i, i + 1, i + 2].map((at) => bytesOf(repeated.images, at))).size).toBe(3);
    }
    loader.batch(0, 0);
    expect(copy(loader.batch(1, 0))).toEqual(repeated);
  });

  it('an example that balancing brings again anew', () => {
    const { images, indices } = copy(new Loader(split, options(ALL, { batchSize: 23, balanced: true })).batch(1, 0));
    const again = [...indices].flatMap((index, i) => (indices.indexOf(index) < i ? [i] : []));
    // of the two examples of the rarest class each comes several times
    expect(again.length).toBeGreaterThan(5);
    expect(new Set(again.map((i) => String(images.subarray(i * BYTES, (i + 1) * BYTES)))).size).toBe(again.length);
  });

  it('changes most pictures, and not all in the same way', () => {
    const batch = copy(new Loader(split, options(ALL, { batchSize: 23, shuffle: false })).batch(0, 0));
    const plain = copy(new Loader(split, options({}, { batchSize: 23, shuffle: false })).batch(0, 0));
    const differing = Array.from({ length: COUNT }, (_, i) =>
      batch.images.subarray(i * BYTES, (i + 1) * BYTES).some((v, k) => v !== plain.images[i * BYTES + k]),
    ).filter(Boolean).length;
    expect(differing).toBeGreaterThan(20);
  });

  it('erased rectangles take the fill color', () => {
    const { images } = new Loader(
      split,
      options({ erasing: { probability: 1, minArea: 0.2, maxArea: 0.3 } }, { batchSize: 1, shuffle: false }),
    ).batch(0, 0);
    let erased = 0;
    for (let i = 0; i < BYTES; i += 3) if (images[i] === 1 && images[i + 1] === 2 && images[i + 2] === 3) erased++;
    expect(erased / (SIZE * SIZE)).toBeGreaterThan(0.15);
    expect(erased / (SIZE * SIZE)).toBeLessThan(0.35);
  });
});

describe('mixing', () => {
  it('mixup is the rounded blend with the pictures in reverse order', () => {
    const plain = copy(new Loader(split, options({}, { shuffle: false })).batch(0, 0));
    const mixed = copy(new Loader(split, options({ mixup: 1 }, { shuffle: false })).batch(0, 0));
    const lam = mixed.mix?.lam ?? NaN;
    expect([...(mixed.mix?.labels ?? [])]).toEqual([...plain.labels].reverse());
    for (let i = 0; i < 5; i++)
      for (let k = 0; k < BYTES; k += 37)
        expect(mixed.images[i * BYTES + k]).toBe(
          Math.round(lam * (plain.images[i * BYTES + k] ?? 0) + (1 - lam) * (plain.images[(4 - i) * BYTES + k] ?? 0)),
        );
  });

  it('cutmix takes a box of the other picture, and the share is the rest of the area', () => {
    for (let step = 0; step < 4; step++) {
      const plain = copy(new Loader(split, options({}, { shuffle: false })).batch(0, step));
      const mixed = copy(new Loader(split, options({ cutmix: 1 }, { shuffle: false })).batch(0, step));
      let foreign = 0;
      for (let k = 0; k < BYTES; k += 3) {
        const own =
          plain.images[k] === mixed.images[k] &&
          plain.images[k + 1] === mixed.images[k + 1] &&
          plain.images[k + 2] === mixed.images[k + 2];
        if (!own) {
          foreign++;
          expect(mixed.images[k]).toBe(plain.images[4 * BYTES + k]);
        }
      }
      expect(foreign / (SIZE * SIZE)).toBeCloseTo(1 - (mixed.mix?.lam ?? NaN), 9);
    }
  });

  it('a lone picture has no partner', () =>
    expect(new Loader(split, options({ mixup: 1 }, { batchSize: 1 })).batch(0, 0).mix).toBeUndefined());

  it.each([
    [0.2, 0.25 / 1.4],
    [1, 1 / 12],
    [4, 1 / 36],
  ])('shares follow Beta(%f, %f variance)', (a, variance) => {
    const draws = Array.from({ length: 20_000 }, (_, i) => beta(keyedRandom(1, 'beta', i), a));
    const mean = draws.reduce((s, v) => s + v, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5, 1.8);
    expect(draws.reduce((s, v) => s + (v - mean) ** 2, 0) / draws.length / variance).toBeCloseTo(1, 1.2);
  });
});

describe('balanced sampling', () => {
  it('gives every class the same places, its examples used evenly', () => {
    for (let epoch = 0; epoch < 4; epoch++) {
      const order = balancedOrder(split.labels, 5, epoch);
      const uses = new Map<number, number>();
      const perClass = [0, 0, 0];
      for (const i of order) {
        uses.set(i, (uses.get(i) ?? 0) + 1);
        const c = split.labels[i] ?? 0;
        perClass[c] = (perClass[c] ?? 0) + 1;
      }
      expect(order.length).toBe(COUNT);
      expect(perClass.toSorted()).toEqual([7, 8, 8]);
      expect(
        Math.max(...[15, 16, 17, 18, 19, 20].map((i) => uses.get(i) ?? 0)) -
          Math.min(...[15, 16, 17, 18, 19, 20].map((i) => uses.get(i) ?? 0)),
      ).toBeLessThanOrEqual(1);
    }
    expect([...balancedOrder(split.labels, 5, 1)]).not.toEqual([...balancedOrder(split.labels, 5, 2)]);
    expect(new Loader(split, options({}, { balanced: true })).classCounts(3)).toEqual([15, 6, 2]);
  });
});

it('the mean color is in the order of the stored bytes', () =>
  expect(meanBytes({ color: 'bgr', mean: [0.1, 0.2, 0.3], scale: 255 })).toEqual([77, 51, 26]));
