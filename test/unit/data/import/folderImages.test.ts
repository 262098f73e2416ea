import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderImages, type FolderPicture } from '../../../../core/data/import/folderImages.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import type { PackKey } from '../../../../core/data/types.ts';
import { classFolder, copyInto, emojiFiles, importInto, picture, put, temporaryFolder } from '../fixtures.ts';

const KEY: PackKey = { size: 20, color: 'rgb', fit: 'cover', interpolation: 'cubic' };

async function all(pictures: AsyncIterable<FolderPicture>): Promise<FolderPicture[]> {
  const found: FolderPicture[] = [];
  for await (const picture of pictures) found.push(picture);
  return found;
}

describe('openFolderImages', () => {
  it('gives the same bytes as the packed cache', async () => {
    const root = temporaryFolder();
    for (const group of ['flags', 'objects']) copyInto(join(root, group), emojiFiles(group, 5));
    const { card, directory } = await importInto(root, { fractions: { val: 0 } });
    for (const key of [KEY, { ...KEY, color: 'gray' } as const]) {
      const cache = await ensurePacked(await openDataset(directory), key);
      const train = cache.split('train');
      const pictures = await all(openFolderImages(root, { ids: card.classIds, names: card.classNames }).decode(key));
      expect(pictures).toHaveLength(10);
      for (const [i, { path, label, pixels }] of pictures.entries()) {
        const out = new Uint8Array(train?.bytesPerImage ?? 0);
        train?.read([i], out);
        expect({ path, label }).toEqual({ path: train?.pathOf(i), label: train?.labels[i] });
        expect(Buffer.compare(pixels, out)).toBe(0);
      }
      cache.close();
    }
  });

  it('takes flat and nested folders, lists what it skips, and does not run in circles', async () => {
    const root = temporaryFolder();
    put(join(root, '1.png'), await picture(9, 5, 1));
    put(join(root, '2.jpg'), 'not a picture, for sure');
    put(join(root, 'deep/er/3.png'), await picture(5, 9, 2));
    put(join(root, '.DS_Store'), 'litter');
    symlinkSync(root, join(root, 'deep', 'circle'));
    symlinkSync(join(root, 'nowhere'), join(root, '4.png'));
    const folder = openFolderImages(root);
    expect(folder.paths).toEqual(['1.png', '2.jpg', 'deep/er/3.png']);
    const pictures = await all(folder.decode(KEY));
    expect(pictures.map(({ path, label, pixels }) => [path, label, pixels.length])).toEqual([
      ['1.png', -1, 1200],
      ['deep/er/3.png', -1, 1200],
    ]);
    expect(folder.skipped.map(({ path }) => path).sort()).toEqual(['2.jpg', '4.png']);
  });

  it('takes one picture alone', async () => {
    const root = temporaryFolder();
    put(join(root, '1.png'), await picture(9, 5, 1));
    put(join(root, '2.png'), await picture(9, 5, 2));
    const folder = openFolderImages(join(root, '2.png'));
    expect(folder.paths).toEqual(['2.png']);
    expect(await all(folder.decode(KEY))).toHaveLength(1);
  });

  it('takes labels from class ids or names', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['n1', 'dog', 'else'], 1);
    const folder = openFolderImages(root, { ids: ['n0', 'n1', 'n2'], names: ['cat', 'pig', 'Dog'] });
    expect([...folder.labels]).toEqual([2, -1, 1]);
  });

  it('refuses a folder without pictures', () => {
    expect(() => openFolderImages(temporaryFolder())).toThrow(
      expect.objectContaining({ code: 'dataset.empty' }) as Error,
    );
    expect(() => openFolderImages('/no/such/folder')).toThrow(
      expect.objectContaining({ code: 'dataset.notFound' }) as Error,
    );
  });
});
