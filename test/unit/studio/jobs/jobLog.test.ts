import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendToLog, prepareLog } from '../../../../core/studio/jobs/jobLog.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

test('a log is appended to, and one that cannot be written harms nobody', () => {
  const folder = temporaryFolder();
  const log = join(folder, 'worker.log');
  appendToLog(log, 'one\n');
  appendToLog(log, 'two\n');
  expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
  appendToLog(join(folder, 'removed', 'worker.log'), 'nowhere');
  mkdirSync(join(folder, 'folder.log'));
  appendToLog(join(folder, 'folder.log'), 'a folder');
  // a file lies where its folder belongs
  prepareLog(join(log, 'run', 'worker.log'));
  prepareLog(join(folder, 'run', 'worker.log'));
  appendToLog(join(folder, 'run', 'worker.log'), 'made');
  expect(readFileSync(join(folder, 'run', 'worker.log'), 'utf8')).toBe('made');
});
