import { defineConfig } from 'vitest/config';

// Tests import the TypeScript sources; worker threads and the command line run the build in dist/,
// which scripts/test.mjs makes first. Two forks at most: the project is built for two cores.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
