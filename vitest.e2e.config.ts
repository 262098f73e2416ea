import { defineConfig } from 'vitest/config';
import { compileCache } from './build/compileCache.mjs';

/** The studio in a real browser: `vitest run --config vitest.e2e.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/support/buildRenderer.ts'],
    pool: 'forks',
    // each file has a host and a browser of its own; much of their time is waiting for one another
    maxWorkers: 3,
    env: { NODE_COMPILE_CACHE: compileCache },
    // a limit only ends a test that hangs: no test judges by time, and a machine may be busy
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 600_000 } },
  },
});
