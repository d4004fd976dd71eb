import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Apart from the other tests: it builds the package and installs it elsewhere, which takes its time. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['package.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 240_000,
  },
})
