/**
 * The test files in three projects: those of pure code share processes, each of the others has a process of its own,
 * and browser tests have a studio and a browser each. `npm test` runs all three at once, so that a browser test that
 * waits leaves its core to the others.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config';
import { WAIT_MS } from './patience.ts';
import { pathToFileURL } from 'node:url';
import { compileCache } from '../compileCache.mjs';
import { programFolder } from '../programBuild.mjs';
import { sourceUrls } from '../program/sourceUrls.ts';
import { BROWSER, SlowestFirst } from './slowestFirst.ts';

// commands and jobs are processes of their own, which need not compile the sources anew
const env = { NODE_COMPILE_CACHE: compileCache };

// a limit only ends a test that hangs: no test judges by time, and a machine may be busy
const UNIT_LIMITS = { testTimeout: 600_000, hookTimeout: 600_000, expect: { poll: { timeout: 300_000 } } };
const BROWSER_LIMITS = { testTimeout: 900_000, hookTimeout: 900_000, expect: { poll: { timeout: WAIT_MS } } };

/** Jobs and threads begin in the built program, as a user's do. */
const projectRoot = path.resolve(import.meta.dirname, '../..');
const program = pathToFileURL(programFolder(projectRoot)).href;
const builtEntries: Plugin = {
  ...sourceUrls({ projectRoot, entryUrl: (name) => `'${program}/${name}.mjs'` }),
  // what Vitest keeps of a changed module between runs holds for this program alone
  configureVitest({ defineCacheKeyGenerator }) {
    defineCacheKeyGenerator(({ sourceCode }) => sourceCode.includes('import.meta.url') && program);
  },
};
const globalSetup = ['test/support/builtProgram.ts'];

/** Folders whose tests load no native library and leave nothing behind in their process. */
const PARTS = ['pure', 'contract', 'formats', 'renderer', 'models'].map((folder) => `test/unit/${folder}/**/*.test.ts`);
/** Those of them that need a process of their own: its memory is what is looked at. */
const APART = ['test/unit/formats/hostilePickle.test.ts'];
const SHARED = globSync(PARTS, { cwd: projectRoot }).filter((file) => !APART.includes(file.split(path.sep).join('/')));

/** @param workers processes at once, of all projects together */
export function unitProjects(workers: number): TestProjectInlineConfiguration[] {
  const usual = { pool: 'forks', maxWorkers: workers, env, globalSetup, ...UNIT_LIMITS } as const;
  const plugins = [builtEntries];
  return [
    { plugins, test: { name: 'shared', include: SHARED, isolate: false, ...usual } },
    { plugins, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: SHARED, ...usual } },
  ];
}

/** @param workers processes at once, of all projects together */
export function browserProject(workers: number): TestProjectInlineConfiguration {
  return {
    plugins: [builtEntries],
    test: {
      name: BROWSER,
      include: ['test/e2e/**/*.e2e.ts'],
      setupFiles: ['test/e2e/support/tellPages.ts'],
      globalSetup: [...globalSetup, 'test/e2e/support/sharedSetup.ts'],
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
