import { defineConfig } from '@playwright/test'
import { locateBrowser } from '../test/run/find-browser.ts'

const browser = locateBrowser()
const report = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE

/** `npm run e2e` builds the demo first. A test that has to be repeated to pass has failed: there are no retries. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  forbidOnly: true,
  // Each test has its own server and browser, and waits for them most of the time.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: report === undefined ? 'list' : [['line'], ['json', { outputFile: report }]],
  use: {
    headless: true,
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath, args: [...browser.args] },
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
})
