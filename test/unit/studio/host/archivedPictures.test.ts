import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { findDuplicates } from '../../../../core/data/import/findDuplicates.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { changeOverlay, setOverlay } from '../../../../core/data/set/overlay.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { encodeThumbnail } from '../../../../core/data/set/thumbnail.ts';
import { evaluateEnsemble } from '../../../../core/evaluate/ensemble.ts';
import { writeContactSheet } from '../../../../core/studio/results/figures.ts';
import { tar, zip, type TarPart } from '../../data/archive/archiveBytes.ts';
import { cifar10, emojiFiles, importInto, temporaryFolder } from '../../data/fixtures.ts';

/** Two classes of four emoji in train and one in test; the first of the test is a copy of a training picture. */
function folders(): TarPart[] {
  return ['flags', 'food-drink'].flatMap((name) => {
    const files = emojiFiles(name, 4).map((path) => readFileSync(path));
    return [
      ...files.map((data, i) => ({ name: `emoji/train/${name}/${i}.png`, data })),
      { name: `emoji/test/${name}/copy.png`, data: files[0] as Buffer },
    ];
  });
}
async function batches(): Promise<TarPart[]> {
  const root = temporaryFolder();
  await cifar10(root, 10);
  return readdirSync(root).map((name) => ({
    name: `cifar-10-batches-bin/${name}`,
    data: readFileSync(join(root, name)),
  }));
}

describe.each<[string, string, () => Promise<Buffer> | Buffer]>([
  [
    'class folders in a zip',
    'data.zip',
    () => zip(folders().map(({ name, data }) => ({ name, ...(data && { data }) }))),
  ],
  ['class folders in a tar', 'data.tar', () => tar(folders())],
  ['CIFAR-10 in a tar.gz', 'data.tar.gz', async () => gzipSync(tar(await batches()))],
])('%s', (_what, name, make) => {
  async function imported(): Promise<Awaited<ReturnType<typeof importInto>>> {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), await make());
    return importInto(join(folder, name), { fractions: { val: 0 } });
  }

  it('has thumbnails and contact sheets', async () => {
    const { card, directory } = await imported();
    const { kind, splits } = readIndex(directory);
    const paths = splits.test?.paths ?? [];
    const labels = splits.test?.labels ?? [];
    const source = { root: card.root, directory, kind };
    for (const path of paths)
      expect((await sharp(await encodeThumbnail({ ...source, path }, 32)).metadata()).width).toBe(32);
    const classes = card.classIds.length;
    const { classIds, classNames } = card;
    const probabilities = Float32Array.from({ length: paths.length * classes }, (_, i) =>
      i % classes === labels[Math.floor(i / classes)] ? 1 : 0,
    );
    const device = {
      kind: 'cpu',
      name: 'test',
      memoryBytes: null,
      engine: 'tensorflow',
      engineVersion: '0',
      threads: 1,
      notice: null,
    } as const;
    const result = evaluateEnsemble(
      [
        {
          index: {
            count: paths.length,
            classes,
            classIds,
            classNames,
            paths: [...paths],
            labels: [...labels],
            skipped: [],
            device,
            imagesPerSec: 1,
          },
          probabilities,
        },
      ],
      { kind: 'mean' },
    );
    const sheet = join(temporaryFolder(), 'sheet.png');
    expect(
      await writeContactSheet({ path: sheet, count: 6, title: 'Test' }, result, { source, members: ['one'], size: 32 }),
    ).toBe(Math.min(6, paths.length));
    expect(existsSync(sheet)).toBe(true);
  });

  it('is compared with itself, and its pictures can be left out and relabelled', async () => {
    const { card, directory } = await imported();
    const report = await findDuplicates(directory);
    const { splits } = readIndex(directory);
    if (card.layout === 'class-folders') expect(report.leaked.test.exact).toHaveLength(2);
    expect(report.compared).toBe((splits.train?.paths.length ?? 0) + (splits.test?.paths.length ?? 0));
    const [first = '', second = ''] = splits.train?.paths ?? [];
    const before = splits.train?.paths.length ?? 0;
    await changeOverlay(directory, [
      { split: 'train', path: first, exclude: true },
      { split: 'train', path: second, exclude: false, label: card.classIds[1] },
    ]);
    const open = async (): Promise<[number | undefined, number | undefined, string | undefined]> => {
      const cache = await ensurePacked(await openDataset(directory), {
        size: 16,
        color: 'rgb',
        fit: 'cover',
        interpolation: 'linear',
      });
      const train = cache.split('train');
      cache.close();
      return [train?.length, train?.labels[0], train?.pathOf(0)];
    };
    expect(await open()).toEqual([before - 1, 1, second]);
    await setOverlay(directory, []);
    expect(await open()).toEqual([before, 0, first]);
  });
});
