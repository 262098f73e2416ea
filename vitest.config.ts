import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { compileCache } from './build/compileCache.mjs';
import { SlowestFirst } from './build/slowestFirst.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // a file is a process: TensorFlow's library is loaded once in each, and a crash in it fails that file alone
    pool: 'forks',
    // one more than there are cores where they are few: a file also waits, for processes, timers and the disk
    maxWorkers: Math.max(3, availableParallelism()),
    sequence: { sequencer: SlowestFirst },
    // commands and jobs are processes of their own, which need not compile the sources anew
    env: { NODE_COMPILE_CACHE: compileCache },
    // a limit only ends a test that hangs: no test judges by time, and a machine may be busy
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
  },
});
