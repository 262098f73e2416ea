import { expect, test } from 'vitest';
import type { InputSpec } from '../../../../contract/inputSpec.ts';
import { type Protocol, ResolvedProtocol, viewCount } from '../../../../contract/protocol.ts';
import type { Picture } from '../../../../core/evaluate/protocols/picture.ts';
import { viewsOf } from '../../../../core/evaluate/protocols/views.ts';
import goldens from '../../../fixtures/resize/goldens.json' with { type: 'json' };
import { mosaic } from './mosaic.ts';

const RAW: InputSpec = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
const BASE = { name: 'test', title: '', average: 'probabilities', labels: 'own', input: RAW } as const;
type Shape = Pick<Protocol, 'crops' | 'mirror'> & { readonly method: 'opencv-linear' | 'pillow-bilinear' };
const KINDS: Readonly<Record<string, Shape>> = {
  centreFloor: { crops: 'centreFloor', mirror: false, method: 'opencv-linear' },
  centreHalfEven: { crops: 'centreHalfEven', mirror: false, method: 'pillow-bilinear' },
  ten: { crops: 'five', mirror: true, method: 'pillow-bilinear' },
  twelve: { crops: 'six', mirror: true, method: 'opencv-linear' },
  eighteen: { crops: 'eighteen', mirror: true, method: 'opencv-linear' },
};

/** `skimage.color.rgb2lab` of the four pixels below. */
const LAB_EXPECTED = [
  5.94847, -0.66931, -8.13641, 20.27647, -1.3743, -7.68631, 50.40326, 48.57986, 19.16667, 54.89156, 84.53427, 4.08144,
];

/** As the golden script probes a view. */
function probe(view: Float32Array, side: number): number[] {
  return [
    view.reduce((sum, value) => sum + value, 0) / view.length,
    ...[0, 1, 2, 3, 4].map((i) => view[Math.floor((i * (side - 1)) / 4) * (side + 1) * 3 + 1]!),
  ];
}

test.each(goldens.views)(
  '$kind crops of picture $picture, crop $crop of $sizes',
  async ({ picture, kind, sizes, crop, views }) => {
    const { method, ...crops } = KINDS[kind]!;
    const protocol = ResolvedProtocol.parse({ ...BASE, ...crops, resize: { kind: 'shortSide', sizes, method }, crop });
    expect(views).toHaveLength(viewCount(protocol));
    const { pixels: found } = await viewsOf(await mosaic(picture), protocol);
    const size = crop * crop * 3;
    const distinct = found.length / size;
    // Twelve views of a square as large as the crop are two, six times each.
    expect(distinct).toBe(crop === sizes[0] && sizes.length === 1 ? 2 : views.length);
    views.forEach((expected, i) => {
      const own = Math.floor((i * distinct) / views.length);
      const values = probe(found.subarray(own * size, (own + 1) * size), crop);
      values.forEach((value, k) => {
        expect(Math.abs(value - expected[k]!), `view ${i}, value ${k}`).toBeLessThan(2e-3);
      });
    });
  },
);

test('values are divided, centred and ordered as the protocol says', async () => {
  const picture = {
    pixels: Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80, 90, 255, 0, 128),
    width: 2,
    height: 2,
    channels: 3,
  };
  const shape = { resize: { kind: 'none' }, crop: 2, crops: 'whole', mirror: false } as const;
  const { pixels: bgr } = await viewsOf(picture, {
    ...shape,
    input: { color: 'bgr', scale: 255, mean: [0.4, 0.5, 0.6], std: [0.1, 0.2, 0.3] },
  });
  expect([...bgr.subarray(0, 3)]).toEqual(
    [(30 / 255 - 0.4) / 0.1, (20 / 255 - 0.5) / 0.2, (10 / 255 - 0.6) / 0.3].map(Math.fround),
  );
  const { pixels: gray } = await viewsOf(picture, {
    ...shape,
    input: { color: 'gray', scale: 1, mean: [0], std: [1] },
  });
  expect([...gray]).toEqual([18, 48, 78, 91]);
  const { pixels: mirrored } = await viewsOf(picture, { ...shape, mirror: true, input: RAW });
  expect([...mirrored.subarray(12, 18)]).toEqual([40, 50, 60, 10, 20, 30]);
});

test("Lab is scikit-image's", async () => {
  const picture = {
    pixels: Uint8Array.of(10, 20, 30, 40, 50, 60, 200, 80, 90, 255, 0, 128),
    width: 2,
    height: 2,
    channels: 3,
  };
  const shape = { resize: { kind: 'none' }, crop: 2, crops: 'whole', mirror: false } as const;
  const { pixels: lab } = await viewsOf(picture, {
    ...shape,
    input: { color: 'lab', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  });
  LAB_EXPECTED.forEach((value, i) => {
    expect(Math.abs(lab[i]! - value)).toBeLessThan(1e-4);
  });
  const { pixels: ab } = await viewsOf(picture, {
    ...shape,
    input: { color: 'ab', scale: 1, mean: [0, 0], std: [110, 110] },
  });
  expect(ab[0]).toBeCloseTo(LAB_EXPECTED[1]! / 110, 5);
});

test('a picture larger than the view that is to hold it whole is refused, not cut', async () => {
  const protocol = { resize: { kind: 'none' }, crop: 32, crops: 'whole', mirror: true, input: RAW } as const;
  const sized = (width: number, height: number): Picture => ({
    pixels: new Uint8Array(width * height * 3),
    width,
    height,
    channels: 3,
  });
  await expect(viewsOf(sized(64, 64), protocol)).rejects.toMatchObject({ code: 'input.invalid' });
  await expect(viewsOf(sized(33, 32), protocol)).rejects.toThrow(/33 × 32 pixels is larger than the view of 32 × 32/);
  expect((await viewsOf(sized(32, 32), protocol)).sizes).toHaveLength(2);
});

test('views that are the same are counted once', async () => {
  const protocol = { resize: { kind: 'none' }, crop: 32, crops: 'five', mirror: true, input: RAW } as const;
  const differentAt = async (width: number, height: number): Promise<number> =>
    (await viewsOf({ pixels: new Uint8Array(width * height * 3), width, height, channels: 3 }, protocol)).different;
  expect([await differentAt(32, 32), await differentAt(32, 64), await differentAt(64, 64)]).toEqual([2, 6, 10]);
});

test('a picture smaller than the crop is refused', async () => {
  const picture = { pixels: new Uint8Array(12), width: 2, height: 2, channels: 3 };
  await expect(
    viewsOf(picture, { resize: { kind: 'none' }, crop: 3, crops: 'centreFloor', mirror: false, input: RAW }),
  ).rejects.toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('packed views are those of the packed cache', async () => {
  const picture = await mosaic(3);
  const { pixels: views } = await viewsOf(picture, {
    resize: { kind: 'packed', size: 32, fit: 'cover', interpolation: 'lanczos3' },
    crop: 32,
    crops: 'whole',
    mirror: false,
    input: RAW,
  });
  const sharp = (await import('sharp')).default;
  const expected = await sharp(picture.pixels, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize(32, 32, { fit: 'cover', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  expect([...views]).toEqual([...expected]);
});
