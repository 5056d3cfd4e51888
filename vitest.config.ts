import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['workbook/**/*.test.ts', 'site/**/*.test.ts', 'labs/*/checks/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
