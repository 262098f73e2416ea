import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { startJob } from '../../../../core/studio/jobs/jobProcess.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a job whose process cannot be made leaves no timer behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-start-'));
  vi.useFakeTimers();
  const fork = (): never => {
    throw new Error('no process');
  };
  const options = { fork, entry: 'job.mjs', env: {}, logFile: join(folder, 'job.log') };
  expect(() => startJob({ kind: 'bench', request: {} }, options)).toThrow('no process');
  expect(vi.getTimerCount()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});
