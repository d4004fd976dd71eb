import { playwright } from '@vitest/browser-playwright'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { locateBrowser } from './test/run/find-browser.ts'
import { workerInOneFile } from './test/run/worker-in-one-file.ts'

/** Imports of `@larder/sdk/...` read the sources, so tests need no build. */
const condition = 'larder-source'
const alias = { react: 'preact/compat' }
const notInVitest = ['**/node_modules/**', 'test/package/**']

const browser = locateBrowser()

// Each worker that a test starts loads the sources again. They stay the same while all tests run once; whoever watches changes them.
const runsOnce = process.argv.includes('run')

export default defineConfig({
  test: {
    // As many as there are processors: the default leaves one idle.
    maxWorkers: '100%',
    projects: [
      {
        resolve: { alias, conditions: [condition, ...defaultServerConditions] },
        ssr: { resolve: { conditions: [condition, ...defaultServerConditions] } },
        test: {
          name: 'unit',
          // What the tests import is loaded once for all files, which takes half as long. No test leaves anything behind in a module.
          isolate: false,
          // A machine that does other work besides is slow, not wrong.
          testTimeout: 60_000,
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...notInVitest, 'test/**/*.browser.test.ts'],
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            include: ['test/**/*.test-d.ts'],
            exclude: notInVitest,
            // These tests and what they import: the rest is the type-check's.
            tsconfig: './test/types/tsconfig.json',
            ignoreSourceErrors: true,
          },
        },
      },
      {
        resolve: { alias, conditions: [condition, ...defaultClientConditions] },
        plugins: runsOnce ? [workerInOneFile(condition)] : [],
        // Named here, so that no test is reloaded half-way because Vite met a package for the first time.
        optimizeDeps: {
          include: ['comlink', 'dexie', 'fast-check', 'preact', 'preact/compat', 'rxjs', 'uuidv7', 'zod', 'zod/mini'],
        },
        worker: { format: 'es' },
        server: { headers: runsOnce ? { 'Cache-Control': 'max-age=3600' } : {} },
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          exclude: notInVitest,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: browser ? { executablePath: browser.executablePath, args: [...browser.args] } : {},
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
