import { defineConfig } from 'vitest/config'

/** Tests of the command line as a person uses it: real databases, servers and containers, so one file at a time. */
export default defineConfig({
  test: {
    include: ['e2e/cli/**/*.cli.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
})
