import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createLaneRepository } from '../../../core/db/laneRepository.ts';
import { temporaryDatabase } from './fixtures.ts';

const WORK = { runId: null, title: 'an evaluation' };

test("a lane has one holder at a time; a dead process's lane is free", async () => {
  const { db } = await temporaryDatabase();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const other = createLaneRepository(db, child.pid);
  const own = createLaneRepository(db);
  expect(await other.take(['gpu:a', 'gpu:b'], 'other', { runId: 'r-1', title: 'one' }, null)).toBe('gpu:a');
  expect(await own.take(['gpu:a'], 'own', WORK, null)).toBeNull();
  expect(await own.held()).toEqual([{ lane: 'gpu:a', pid: child.pid, runId: 'r-1', title: 'one' }]);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await own.held()).toEqual([]);
  expect(await own.take(['gpu:a'], 'own', WORK, 1)).toBe('gpu:a');
  expect(await own.take(['gpu:b'], 'own', WORK, 1)).toBeNull();
  // what another holds by now is not given back
  await other.release('gpu:a', 'other');
  expect(await own.held()).toHaveLength(1);
  await own.release('gpu:a', 'own');
  expect(await own.held()).toEqual([]);
});

test('of many that want the last lane at once exactly one gets it', async () => {
  const { db } = await temporaryDatabase();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => createLaneRepository(db).take(['gpu:a'], `owner ${i}`, WORK, null)),
  );
  expect(answers.filter((answer) => answer !== null)).toEqual(['gpu:a']);
});
