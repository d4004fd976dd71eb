import { defineConfig } from '@playwright/test'
import { locateBrowser } from '../test/run/find-browser.ts'

const browser = locateBrowser()

/** `npm run e2e:slow`: what waits for the clock of the browser itself. Part of `npm run test:slow`. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.slow.ts',
  outputDir: '../test-results/slow',
  forbidOnly: true,
  workers: 1,
  retries: 0,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['line']],
  use: {
    browserName: 'chromium',
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath, args: [...browser.args] },
  },
})
