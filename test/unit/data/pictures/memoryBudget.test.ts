import { expect, test } from 'vitest';
import { decodingMemory } from '../../../../core/data/pictures/decodingMemory.ts';
import { withinMemoryBudget } from '../../../../core/data/pictures/memoryBudget.ts';

async function most(bytes: number, count: number): Promise<number> {
  let [now, highest] = [0, 0];
  const work = async (): Promise<void> => {
    now += 1;
    highest = Math.max(highest, now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
  };
  await Promise.all(Array.from({ length: count }, () => withinMemoryBudget(bytes, work)));
  return highest;
}

test('large pictures wait for each other, by what they take; small ones never do', async () => {
  expect(await most(3_000_000, 40)).toBe(40);
  expect(await most(70_000_000, 12)).toBe(5);
  expect(await most(200_000_000, 4)).toBe(1);
  expect(await most(900_000_000, 3)).toBe(1);
});

test('what fails gives its memory back', async () => {
  for (let i = 0; i < 3; i += 1)
    await expect(withinMemoryBudget(300_000_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await most(300_000_000, 2)).toBe(1);
});

const header = (format: 'heif' | 'webp' | 'jpeg', lineByLine: boolean) =>
  ({ format, size: { width: 8000, height: 6000 }, plain: false, lineByLine, problem: null }) as const;

test('a picture that takes too much memory in its format is refused; line by line it is read', () => {
  expect(decodingMemory(header('heif', false), 1000)).toMatchObject({
    maxPixels: 18_947_315,
    tooLarge: 'larger than 19 million pixels, which takes too much memory as AVIF; save it as a plain JPEG or PNG',
  });
  expect(decodingMemory(header('webp', false), 0)).toMatchObject({ maxPixels: 40_000_000, bytes: 432_000_000 });
  expect(decodingMemory(header('jpeg', false), 0).maxPixels).toBe(60_000_000);
  expect(decodingMemory(header('jpeg', true), 0, true).maxPixels).toBe(24_000_000);
  expect(decodingMemory(header('jpeg', true), 5e6)).toMatchObject({ maxPixels: 300_000_000, bytes: 53_000_000 });
});
