import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // a file is a process: TensorFlow's library is loaded once in each, and a crash in it fails that file alone
    pool: 'forks',
    // two files at once on two cores: much of a file is one thread that builds graphs
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
