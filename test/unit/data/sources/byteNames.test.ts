/** Names that are no UTF-8 are kept byte for byte, shown, and their files read. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { checkDataset } from '../../../../core/data/import/checkDataset.ts';
import { openFolderImages } from '../../../../core/data/import/folderImages.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { encodeThumbnail } from '../../../../core/data/set/thumbnail.ts';
import { systemPath, textOfName } from '../../../../core/data/sources/byteNames.ts';
import { classFolder, importInto, picture, temporaryFolder } from '../fixtures.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const inside = (root: string, name: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), latin1(name)]);

test('a name as text keeps every byte', () => {
  expect(textOfName(Buffer.from('Käfer 日本.png'))).toBe('Käfer 日本.png');
  expect(textOfName(latin1('Käfer'))).toBe('K\\xE4fer');
  expect(textOfName(Buffer.concat([Buffer.from('日'), latin1('ßü')]))).toBe('日\\xDF\\xFC');
  expect(systemPath('/no/such/K\\xE4fer')).toBe('/no/such/K\\xE4fer');
});

describe.runIf(process.platform === 'linux')('a data set with such names', () => {
  async function make(): Promise<string> {
    const root = temporaryFolder();
    await classFolder(root, ['Wanze'], 4);
    for (const [at, folder] of ['Käfer', 'Köfer'].entries()) {
      mkdirSync(inside(root, folder));
      for (let i = 0; i < 4; i += 1)
        writeFileSync(inside(root, `${folder}/Stra\u00dfe ${i}.png`), await picture(8, 8, 20 + 10 * at + i));
    }
    return root;
  }

  it('is imported with its classes, packed, checked and shown', async () => {
    const root = await make();
    const { card, directory } = await importInto(root, { fractions: { val: 0.25 } });
    expect(card.classNames).toEqual(['K\\xE4fer', 'K\\xF6fer', 'Wanze']);
    expect(card.quarantined).toBe(0);
    expect(card.splits.train).toMatchObject({ count: 9, perClass: [3, 3, 3] });
    expect(card.notes.join('\n')).toMatch(/names of 8 images are no UTF-8.*K\\xE4fer\/Stra\\xDFe 0\.png/);
    const dataset = await openDataset(directory);
    const key = { size: 4, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' } as const;
    const cache = await ensurePacked(dataset, key);
    expect(cache.split('train')!.pathOf(0)).toMatch(/^K\\xE4fer\/Stra\\xDFe \d\.png$/);
    cache.close();
    const path = 'K\\xF6fer/Stra\\xDFe 1.png';
    expect((await encodeThumbnail({ root, path, kind: 'files', directory }, 64)).length).toBeGreaterThan(20);
    expect(await checkDataset(directory)).toMatchObject({ ok: true, missing: 0, added: 0 });
  });

  it('is predicted on: every file, once, though two folders look the same as text', async () => {
    const root = await make();
    symlinkSync(root, join(root, 'again'));
    const folder = openFolderImages(root, { ids: ['K\\xE4fer', 'Wanze'], names: ['K\\xE4fer', 'Wanze'] });
    const read: string[] = [];
    const key = { size: 8, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' } as const;
    for await (const { path, label } of folder.decode(key)) read.push(`${path} ${label}`);
    expect(folder.skipped).toEqual([]);
    expect(read).toHaveLength(12);
    expect(read).toContain('K\\xE4fer/Stra\\xDFe 3.png 0');
    expect(read).toContain('K\\xF6fer/Stra\\xDFe 3.png -1');
  });
});
