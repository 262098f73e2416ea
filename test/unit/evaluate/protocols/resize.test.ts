import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ResizeMethod } from '../../../../contract/protocol.ts';
import type { FloatPicture, Picture } from '../../../../core/evaluate/protocols/picture.ts';
import {
  resizeOpencvLinear,
  resizeOpencvLinearFloat,
} from '../../../../core/evaluate/protocols/resize/opencvLinear.ts';
import { resizePicture } from '../../../../core/evaluate/protocols/resize/resizePicture.ts';
import goldens from '../../../fixtures/resize/goldens.json' with { type: 'json' };
import { mosaic } from './mosaic.ts';

const METHODS: readonly ResizeMethod[] = [
  'opencv-linear',
  'pillow-bilinear',
  'pillow-bicubic',
  'pillow-lanczos',
  'nearest',
];
const pictures = await Promise.all(Array.from({ length: 50 }, (_, n) => mosaic(n)));

function shaOf({ pixels }: Picture): string {
  return createHash('sha256').update(pixels).digest('hex').slice(0, 16);
}

test.each(METHODS)('%s: every byte of 150 resizes of 50 pictures', (method) => {
  const cases = goldens.resizes.filter((golden) => golden.method === method);
  expect(cases).toHaveLength(150);
  const wrong = cases.filter(({ picture, to, sha, row }) => {
    const out = resizePicture(pictures[picture]!, to[0]!, to[1]!, method);
    const at = Math.floor(to[1]! / 2) * to[0]! * 3;
    const near = [...Buffer.from(row, 'hex')].every((value, i) => Math.abs(value - out.pixels[at + i]!) <= 1);
    return shaOf(out) !== sha || !near;
  });
  expect(wrong).toEqual([]);
});

test('OpenCV halves by the mean of four', () => {
  const { pixels, width, height, channels } = pictures[goldens.half.picture]!;
  const w = width & ~1;
  const h = height & ~1;
  const even = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++)
    even.set(pixels.subarray(y * width * channels, (y * width + w) * channels), y * w * channels);
  expect(shaOf(resizeOpencvLinear({ pixels: even, width: w, height: h, channels }, w / 2, h / 2))).toBe(
    goldens.half.sha,
  );
});

test('floats are within rounding of bytes, and nothing changes at the same size', () => {
  const picture = pictures[3]!;
  const floats: FloatPicture = { ...picture, pixels: Float32Array.from(picture.pixels) };
  const bytes = resizeOpencvLinear(picture, 77, 55);
  const exact = resizeOpencvLinearFloat(floats, 77, 55);
  expect(Math.max(...bytes.pixels.map((value, i) => Math.abs(value - exact.pixels[i]!)))).toBeLessThanOrEqual(1);
  expect(resizeOpencvLinearFloat(floats, picture.width, picture.height)).toBe(floats);
  for (const method of METHODS)
    expect(Buffer.compare(resizePicture(picture, picture.width, picture.height, method).pixels, picture.pixels)).toBe(
      0,
    );
});
