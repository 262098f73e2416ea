import { defineConfig } from 'vitest/config';

/** The studio in a real browser: `vitest run --config vitest.e2e.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/support/buildRenderer.ts'],
    pool: 'forks',
    // each file has a host and a browser of its own; most of their time is waiting for one another
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
