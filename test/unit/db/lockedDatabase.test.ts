import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { createSettingsRepository } from '../../../core/db/settingsRepository.ts';
import { z } from 'zod';
import { exampleSpec } from './examples.ts';
import { temporaryDatabase, temporaryFolder } from './fixtures.ts';

test('while another program writes, writes wait for it, reads do not, and the process does everything else', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const { db } = await temporaryDatabase(path);
  const settings = createSettingsRepository(db);
  const runs = createRunRepository(db);
  await settings.write('before', 1);
  const other = new Sqlite(path);
  other.exec('begin immediate');
  let released = false;
  const done: string[] = [];
  // one statement, and one transaction
  const writes = [
    settings.write('meanwhile', 2).then(() => done.push(`setting ${released}`)),
    runs.create({ id: 'r-1', spec: exampleSpec() }).then(() => done.push(`run ${released}`)),
  ];
  // only a process that is not held up by its own wait comes here, and gives the lock back
  for (let reads = 0; reads < 5; reads++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await settings.read('before', z.number())).toBe(1);
  }
  expect(done).toEqual([]);
  released = true;
  other.exec('rollback');
  other.close();
  await Promise.all(writes);
  expect(done.toSorted()).toEqual(['run true', 'setting true']);
  expect(await settings.read('meanwhile', z.number())).toBe(2);
  expect((await runs.names()).map(({ id }) => id)).toEqual(['r-1']);
});

test('transactions that wait do not get into each other', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const { db } = await temporaryDatabase(path);
  const runs = createRunRepository(db);
  const other = new Sqlite(path);
  other.exec('begin immediate');
  const created = Array.from({ length: 20 }, (_, i) => runs.create({ id: `r-${i}`, spec: exampleSpec() }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  other.exec('rollback');
  other.close();
  await Promise.all(created);
  expect(await runs.names()).toHaveLength(20);
});
