/** What a program leaves behind that ends without a word while it has runs in hand. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf } from '../../../../core/db/processIdentity.ts';
import { type OpenRecords, openRecords } from '../../../../core/studio/records/openRecords.ts';
import { type StudioPaths, studioPaths } from '../../../../core/studio/records/paths.ts';
import { exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

/** Two runs that wait; another program takes the first one out of the queue, and still lives. */
async function claimedByAnother(): Promise<{ paths: StudioPaths; kill: () => Promise<void> }> {
  const paths = studioPaths(join(temporaryFolder(), 'data'));
  const { records, close } = await openRecords(paths, { rebuild: false });
  for (const id of ['r-1', 'r-2']) await records.runs.create({ id, spec: exampleSpec() });
  await records.queue.add(['r-1', 'r-2'], 'back');
  expect(await records.queue.claim('r-1', 'another', records.leases)).toBe('claimed');
  await close();

  const program = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(program, 'exit');
  const kill = async (): Promise<void> => {
    program.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  await once(program, 'spawn');
  const { pid, process_start, boot_id } = identityOf(program.pid!);
  const database = new Sqlite(paths.database);
  database.prepare('update leases set pid = ?, process_start = ?, boot_id = ?').run(pid, process_start, boot_id);
  database.close();
  return { paths, kill };
}

const waiting = async ({ records }: OpenRecords): Promise<string[]> =>
  (await records.queue.waiting()).map(({ id }) => id);

test('a run that a program was about to start is the next in the queue again once that program is gone', async () => {
  const { paths, kill } = await claimedByAnother();
  const beside = await openRecords(paths, { rebuild: false });
  expect(await waiting(beside)).toEqual(['r-2']);
  await beside.close();

  await kill();
  const after = await openRecords(paths, { rebuild: false });
  expect(await waiting(after)).toEqual(['r-1', 'r-2']);
  expect(await after.records.runs.find('r-1')).toMatchObject({ state: 'queued' });
  expect(await after.records.queue.claim('r-1', 'this one', after.records.leases)).toBe('claimed');
  await after.close();
});

test('a run that was taken off the queue after that stays off', async () => {
  const { paths, kill } = await claimedByAnother();
  await kill();
  const first = await openRecords(paths, { rebuild: false });
  expect(await first.records.queue.take('r-1', 'stopped')).toBe(true);
  await first.close();
  const second = await openRecords(paths, { rebuild: false });
  expect(await waiting(second)).toEqual(['r-2']);
  expect(await second.records.runs.find('r-1')).toMatchObject({ state: 'stopped' });
  await second.close();
});
