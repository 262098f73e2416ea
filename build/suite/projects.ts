/**
 * The test files in three projects: those of pure code share processes, each of the others has a process of its own,
 * and browser tests have a studio and a browser each. `npm test` runs all three at once, so that a browser test that
 * waits leaves its core to the others.
 */
import { availableParallelism } from 'node:os';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { WAIT_MS } from './patience.ts';
import { compileCache } from '../compileCache.mjs';
import { BROWSER, SlowestFirst } from './slowestFirst.ts';

// commands and jobs are processes of their own, which need not compile the sources anew
const env = { NODE_COMPILE_CACHE: compileCache };

// a limit only ends a test that hangs: no test judges by time, and a machine may be busy
const UNIT_LIMITS = { testTimeout: 600_000, hookTimeout: 600_000, expect: { poll: { timeout: 300_000 } } };
const BROWSER_LIMITS = { testTimeout: 900_000, hookTimeout: 900_000, expect: { poll: { timeout: WAIT_MS } } };

/** Folders whose tests load no native library and leave nothing behind in their process. */
const PURE = ['pure', 'contract', 'formats', 'renderer', 'models'].map((folder) => `test/unit/${folder}/**/*.test.ts`);

/** @param workers processes at once, of all projects together */
export function unitProjects(workers: number): TestProjectInlineConfiguration[] {
  const shared = { pool: 'forks', maxWorkers: workers, env, ...UNIT_LIMITS } as const;
  return [
    { test: { name: 'pure', include: PURE, isolate: false, ...shared } },
    // a file is a process: TensorFlow's library is loaded once in each, and a crash in it fails that file alone
    { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: PURE, ...shared } },
  ];
}

/** @param workers processes at once, of all projects together */
export function browserProject(workers: number): TestProjectInlineConfiguration {
  return {
    test: {
      name: BROWSER,
      include: ['test/e2e/**/*.e2e.ts'],
      globalSetup: ['test/e2e/support/sharedSetup.ts'],
      pool: 'forks',
      maxWorkers: workers,
      env,
      ...BROWSER_LIMITS,
    },
  };
}

/** One more than there are cores where they are few: a file also waits, for processes, timers and the disk. */
export const WORKERS = Math.max(3, availableParallelism());

export const sequence = { sequencer: SlowestFirst };
