import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

async function modeAfterOpening(dataDir: string): Promise<string> {
  const { close } = await openRecords(studioPaths(dataDir), { rebuild: false });
  await close();
  return (statSync(dataDir).mode & 0o7777).toString(8);
}

test('a data folder is private, new ones and those that were not', async () => {
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
