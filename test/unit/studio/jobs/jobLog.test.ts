import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendToLog } from '../../../../core/studio/jobs/jobLog.ts';
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
});
