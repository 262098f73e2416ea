import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportOptions, type DatasetCard, type Quarantined } from '../../../../contract/dataset.ts';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { decodePicture } from '../../../../core/data/pictures/decodePicture.ts';
import { importDataset } from '../../../../core/data/import/import.ts';
import { readQuarantine } from '../../../../core/data/set/openDataset.ts';
import { picture, put } from '../fixtures.ts';
import { PICTURES } from './pictureCorpus.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-pictures-'));
const root = join(folder, 'pictures');
const imported = join(folder, 'imported');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let card: DatasetCard;
let used: Set<string>;
let listed: Map<string, Quarantined>;
const privileged = process.getuid?.() === 0 || process.platform === 'win32';

/** All of them in one class, one import; the second class is sound. */
beforeAll(async () => {
  for (const { name, bytes } of PICTURES) put(join(root, 'train/odd', name), await bytes());
  for (let i = 0; i < 4; i += 1) put(join(root, 'train/sound', `${i}.png`), await picture(8, 8, i));
  for (const name of ['.DS_Store', 'Thumbs.db', '._0.png']) put(join(root, 'train/sound', name), 'litter');
  mkdirSync(join(root, 'train/sound/folder.jpg'));
  put(join(root, 'train/sound/closed.png'), await picture(8, 8, 9));
  chmodSync(join(root, 'train/sound/closed.png'), 0);
  symlinkSync(join(root, 'nowhere'), join(root, 'train/sound/dangling.png'));
  symlinkSync(join(root, 'train/sound/loop.png'), join(root, 'train/sound/loop.png'));
  put(join(root, 'test/sound/again.png'), await picture(8, 8, 2));
  card = await importDataset(ImportOptions.parse({ path: root, fractions: { val: 0 } }), 'd1', imported);
  used = new Set(Object.values(readIndex(imported).splits).flatMap((columns) => columns?.paths ?? []));
  listed = new Map(readQuarantine(imported).map((one) => [one.path, one]));
});

describe('an import of odd pictures', () => {
  it.each(PICTURES)('$id: $what ends as $outcome', ({ name, outcome, reason }) => {
    const path = `train/odd/${name}`;
    expect({ used: used.has(path), reason: listed.get(path)?.reason }).toEqual(
      outcome === 'OK'
        ? { used: true, reason: undefined }
        : { used: false, reason: expect.stringMatching(reason ?? /./) as string },
    );
  });

  it('P30: litter of systems is ignored', () => {
    for (const name of ['.DS_Store', 'Thumbs.db', '._0.png'])
      expect([used.has(`train/sound/${name}`), listed.has(`train/sound/${name}`)]).toEqual([false, false]);
  });

  it('P31: a picture that may not be read is listed', (context) => {
    if (privileged) context.skip('nothing is unreadable for this user');
    expect(listed.get('train/sound/closed.png')?.reason).toBe('no permission to read the file');
  });

  it('P32: links that lead nowhere or in a circle are listed', () => {
    for (const name of ['dangling.png', 'loop.png'])
      expect(listed.get(`train/sound/${name}`)?.reason).toMatch(/broken link/);
  });

  it('P33: the same picture in train and test is noted', () =>
    expect(card.notes.join('\n')).toMatch(/1 images of val or test are byte for byte also in train/));

  it('P35: a folder named like a picture is ignored', () =>
    expect([used.has('train/sound/folder.jpg'), listed.has('train/sound/folder.jpg')]).toEqual([false, false]));

  it('the counts agree: nothing is lost, nothing counted twice', () => {
    const expected = PICTURES.filter(({ outcome }) => outcome !== 'OK').length + 2 + (privileged ? 0 : 1);
    expect([card.quarantined, listed.size]).toEqual([expected, expected]);
    expect(used.size).toBe(
      PICTURES.length - PICTURES.filter(({ outcome }) => outcome !== 'OK').length + 4 + 1 + (privileged ? 1 : 0),
    );
  });
});

it('what hits a limit does so early: in little memory and time', async () => {
  const files: Buffer[] = [];
  for (const { outcome, bytes } of PICTURES) if (outcome === 'LIM') files.push(await bytes());
  const before = process.memoryUsage().rss;
  const began = process.cpuUsage();
  for (const bytes of files) await expect(decodePicture(bytes, { kind: 'native', maxSide: 1024 })).rejects.toThrow();
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1000, 'ms of the processor').toBeLessThan(10_000);
});
