import { defineConfig, type ReporterDescription } from '@playwright/test'
import { locateBrowser } from '../test/run/find-browser.ts'
import { isInstalled, otherBrowsers } from '../test/run/other-browsers.ts'
import { thorough } from '../test/support/thorough.ts'

const browser = locateBrowser()
const report = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE
const reporters: ReporterDescription[] =
  report === undefined ? [['list']] : [['line'], ['json', { outputFile: report }]]

/** `npm run e2e` builds the demo first. A test that has to be repeated to pass has failed: there are no retries. */
export default defineConfig({
  testDir: '.',
  testMatch: thorough(['**/*.spec.ts', '**/*.thorough.ts'], ['**/*.spec.ts']),
  outputDir: '../test-results',
  globalSetup: './support/build-server.ts',
  forbidOnly: true,
  // Each test has a server and a window of its own.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [...reporters, ['./support/absent-browsers-reporter.ts']],
  use: {
    headless: true,
    // To keep what was done, said, sent and seen takes a quarter of the time, also where nothing fails: `npm run e2e -- offline --trace on` does.
    trace: 'off',
  },
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath, args: [...browser.args] },
      },
    },
    // Where they are not installed there is nothing to run, and the end of the run says so.
    ...otherBrowsers.filter(isInstalled).map((browserName) => ({
      name: browserName,
      testMatch: 'every-browser/**/*.spec.ts',
      use: { browserName },
    })),
  ],
})
