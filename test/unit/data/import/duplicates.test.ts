import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DuplicateReport } from '../../../../contract/dataset.ts';
import { DUPLICATES_FILE, findDuplicates, readDuplicates } from '../../../../core/data/import/findDuplicates.ts';
import {
  forEachNearPair,
  hashDistance,
  HASH_SIDE,
  perceptualHash,
} from '../../../../core/data/pictures/perceptualHash.ts';
import { cifar10, copyInto, emojiFiles, importInto, put, temporaryFolder } from '../fixtures.ts';

describe('findDuplicates', () => {
  it('finds exact and near duplicates within and across splits, and nothing else', async () => {
    const root = temporaryFolder();
    for (const [split, from, to] of [
      ['train', 0, 8],
      ['test', 8, 12],
    ] as const) {
      for (const group of ['animals-nature', 'food-drink'])
        copyInto(join(root, split, group), emojiFiles(group, to).slice(from));
    }
    const [cat = '', dog = ''] = emojiFiles('animals-nature', 2);
    copyFileSync(cat, join(root, 'test/food-drink/copy.png'));
    put(
      join(root, 'test/animals-nature/smaller.jpg'),
      await sharp(dog).flatten({ background: '#ffffff' }).resize(48, 48).jpeg({ quality: 80 }).toBuffer(),
    );
    const plain = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#804020' } })
      .png()
      .toBuffer();
    for (const [i, color] of ['#804020', '#205080'].entries())
      put(
        join(root, 'train/food-drink', `plain${i}.png`),
        await sharp({ create: { width: 64, height: 64, channels: 3, background: color } })
          .png()
          .toBuffer(),
      );
    put(join(root, 'train/food-drink/plain-again.png'), plain);
    const { directory, card } = await importInto(root, { fractions: { val: 0 } });
    const stages = new Set<string>();
    const report = await findDuplicates(directory, { onProgress: ({ stage }) => stages.add(stage) });
    expect([...stages]).toEqual(['compare']);
    expect(report).toMatchObject({
      fingerprint: card.fingerprint,
      compared: 16 + 8 + 2 + 3,
      plain: 3,
      leaked: { val: { exact: [], near: [] } },
    });
    const shown = report.groups.map(({ kind, acrossSplits, differentLabels, pictures }) => ({
      kind,
      acrossSplits,
      differentLabels,
      paths: pictures.map(({ path }) => path.replace(/.*\//, '')).sort(),
    }));
    expect(shown).toHaveLength(3);
    expect(shown).toEqual(
      expect.arrayContaining([
        {
          kind: 'exact',
          acrossSplits: true,
          differentLabels: true,
          paths: [cat.replace(/.*\//, ''), 'copy.png'].sort(),
        },
        {
          kind: 'near',
          acrossSplits: true,
          differentLabels: false,
          paths: [dog.replace(/.*\//, ''), 'smaller.jpg'].sort(),
        },
        { kind: 'exact', acrossSplits: false, differentLabels: false, paths: ['plain-again.png', 'plain0.png'] },
      ]),
    );
    expect([report.leaked.test.exact.length, report.leaked.test.near.length]).toEqual([1, 1]);
    expect(await readDuplicates(directory)).toEqual(DuplicateReport.parse(report));
    rmSync(join(directory, DUPLICATES_FILE));
    expect(await readDuplicates(directory)).toBeNull();
  });

  it('compares records', async () => {
    const root = temporaryFolder();
    await cifar10(root, 10);
    copyFileSync(join(root, 'data_batch_1.bin'), join(root, 'test_batch.bin'));
    const { directory } = await importInto(root, { fractions: { val: 0 } });
    const report = await findDuplicates(directory);
    expect(report.leaked.test.exact).toEqual(Array.from({ length: 10 }, (_, i) => i));
    expect(report.groups.filter(({ kind }) => kind === 'exact')).toHaveLength(10);
  });
});

describe('perceptualHash', () => {
  /** Something with structure at all frequencies; another phase is another picture. */
  const wave = (phase: number, noise = 0): Uint8Array =>
    Uint8Array.from({ length: HASH_SIDE ** 2 }, (_, i) => {
      const [x, y] = [i % HASH_SIDE, Math.floor(i / HASH_SIDE)];
      return Math.round(
        115 +
          40 * Math.sin(x / 5 + phase) * Math.cos(y / 4 - phase) +
          40 * Math.sin((x * y) / 60 + 2 * phase) +
          30 * Math.cos((x - y) / 3 + phase) +
          noise * Math.sin(i * 12.9898),
      );
    });

  it('hardly changes with brightness and noise, much with the picture; a plain picture has none', () => {
    const [high, low] = perceptualHash(wave(0.3)) as [number, number];
    const [brighter, noisy, other] = [wave(0.3).map((value) => value + 10), wave(0.3, 2), wave(2)].map(
      (gray) => perceptualHash(gray) as [number, number],
    );
    expect(hashDistance(high, low, ...(brighter as [number, number]))).toBeLessThanOrEqual(1);
    expect(hashDistance(high, low, ...(noisy as [number, number]))).toBeLessThanOrEqual(6);
    expect(hashDistance(high, low, ...(other as [number, number]))).toBeGreaterThan(10);
    expect(perceptualHash(new Uint8Array(HASH_SIDE ** 2).fill(77))).toBeNull();
  });

  it('finds exactly the pairs that comparing each with each finds, 100,000 in seconds', () => {
    let state = 1;
    const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
    const random = (count: number): [Uint32Array, Uint32Array] => [
      Uint32Array.from({ length: count }, () => next() ^ (next() >>> 16)),
      Uint32Array.from({ length: count }, () => next() ^ (next() >>> 16)),
    ];
    const [high, low] = random(600);
    for (let i = 0; i < 300; i += 1) {
      // Partners that differ in 0 … 9 bits, some in both halves.
      high[300 + i] = ((high[i] as number) ^ (((1 << (i % 6)) - 1) * 2 ** (i % 5))) >>> 0;
      low[300 + i] = ((low[i] as number) ^ ((1 << (i % 4)) - 1)) >>> 0;
    }
    const pairs = new Set<string>();
    forEachNearPair(high, low, 4, (a, b) => pairs.add(`${Math.min(a, b)} ${Math.max(a, b)}`));
    const expected = new Set<string>();
    for (let a = 0; a < 600; a += 1)
      for (let b = a + 1; b < 600; b += 1)
        if (hashDistance(high[a] as number, low[a] as number, high[b] as number, low[b] as number) <= 4)
          expected.add(`${a} ${b}`);
    expect(pairs).toEqual(expected);
    expect(expected.size).toBeGreaterThan(100);
    const [many, more] = random(100_000);
    // pair by pair these would be five billion comparisons
    forEachNearPair(many, more, 4, (a, b) =>
      expect(hashDistance(many[a] ?? 0, more[a] ?? 0, many[b] ?? 0, more[b] ?? 0)).toBeLessThanOrEqual(4),
    );
  });
});
