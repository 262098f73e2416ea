import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { installEngine } from '../../../core/provision/install.ts';
import { engineFolder } from '../../../core/provision/installation.ts';
import { openRecords } from '../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../core/studio/records/paths.ts';
import { temporaryFolder as temporaryFolderOf } from '../../../core/files/temporaryFolder.ts';
import { temporaryFolder } from '../db/fixtures.ts';

async function modeAfterOpening(dataDir: string): Promise<string> {
  const { close } = await openRecords(studioPaths(dataDir), { rebuild: false });
  await close();
  return (statSync(dataDir).mode & 0o7777).toString(8);
}

const usual = process.umask(0);
afterAll(() => process.umask(usual));

test('a data folder is private, new ones and those that were not, whatever the umask', async () => {
  const home = temporaryFolder();
  expect(await modeAfterOpening(join(home, 'new'))).toBe('700');
  const older = join(home, 'older');
  mkdirSync(older);
  chmodSync(older, 0o777);
  expect(await modeAfterOpening(older)).toBe('700');
});

test("one that a group was given on purpose stays the group's", async () => {
  const shared = join(temporaryFolder(), 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o2775);
  expect(await modeAfterOpening(shared)).toBe('2770');
});

test('so is the cache of engines, and what processes leave for a moment in the temporary folder', async () => {
  const cache = join(temporaryFolder(), 'cache');
  const env = { QUORUM_CACHE: cache, PATH: '/nowhere' };
  mkdirSync(engineFolder('cpu', env), { recursive: true });
  expect((statSync(cache).mode & 0o777).toString(8)).toBe('777');
  // without Python and a compiler nothing is installed; the folder is made private before all else
  await expect(installEngine('cpu', { env })).rejects.toMatchObject({ code: expect.stringMatching(/^engine\.no/) });
  expect((statSync(cache).mode & 0o777).toString(8)).toBe('700');
  const folder = temporaryFolderOf('look');
  expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
  rmSync(folder, { recursive: true });
});
