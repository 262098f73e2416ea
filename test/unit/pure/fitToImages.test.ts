import { expect, test } from 'vitest';
import { fitToImages } from '../../../pure/fitToImages.ts';

const QUICK = { batchSize: 64, epochs: 5, lr: 1e-3 };

test.each([
  { images: 100_000, fitted: QUICK },
  // the sample
  { images: 850, fitted: QUICK },
  { images: 200, fitted: { ...QUICK, batchSize: 16 } },
  { images: 24, fitted: { ...QUICK, batchSize: 8, epochs: 22 } },
  { images: 2, fitted: { ...QUICK, batchSize: 2, epochs: 64 } },
])('$images images', ({ images, fitted }) => {
  expect(fitToImages(QUICK, images)).toEqual(fitted);
});

test('a recipe of many epochs keeps them', () => {
  expect(fitToImages({ batchSize: 16, epochs: 90 }, 24)).toEqual({ batchSize: 8, epochs: 90 });
});
