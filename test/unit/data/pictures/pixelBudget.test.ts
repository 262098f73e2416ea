import { expect, test } from 'vitest';
import { withinPixelBudget } from '../../../../core/data/pictures/pixelBudget.ts';

async function most(pixels: number, count: number): Promise<number> {
  let [now, highest] = [0, 0];
  const work = async (): Promise<void> => {
    now += 1;
    highest = Math.max(highest, now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
  };
  await Promise.all(Array.from({ length: count }, () => withinPixelBudget(pixels, work)));
  return highest;
}

test('large pictures wait for each other, by their pixels; small ones never do', async () => {
  expect(await most(500_000, 40)).toBe(40);
  expect(await most(12_000_000, 12)).toBe(5);
  expect(await most(48_000_000, 4)).toBe(1);
  expect(await most(900_000_000, 3)).toBe(1);
});

test('what fails gives its pixels back', async () => {
  for (let i = 0; i < 3; i += 1)
    await expect(withinPixelBudget(60_000_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await most(60_000_000, 2)).toBe(1);
});
