import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, test as base } from '@playwright/test'
import { startBareBrowser } from '../lifecycle/bare-browser.ts'
import { buildPage } from './build-page.ts'

/** What the tests of one process share. Nothing of it is there before a test asks for it. */
interface ProcessFixtures {
  /** A folder that holds the lab, built. */
  labBuild: string
  /** A browser on a profile on disk: what a browser keeps for private windows is not on any. The tests of the lab in a process share it, one after the other. */
  profile: BrowserContext
  /** A folder that holds the page of the tests of the life of a page, built. */
  jotsBuild: string
  bareBrowser: Browser
}

async function inFolder(prefix: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/**
 * What every test begins from. Playwright starts other processes for tests that say of other things that a process shares them, whether or not they use them:
 * said here, once, the processes are two in all.
 */
export const test = base.extend<object, ProcessFixtures>({
  labBuild: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    ({}, use) =>
      inFolder('larder-lab-', async (folder) => {
        await buildPage(new URL('../lab/app', import.meta.url), folder)
        await use(folder)
      }),
    { scope: 'worker' },
  ],

  profile: [
    ({ playwright, browserName, launchOptions }, use) =>
      inFolder('larder-lab-profile-', async (folder) => {
        const context = await playwright[browserName].launchPersistentContext(folder, launchOptions)
        await use(context)
        await context.close()
      }),
    { scope: 'worker' },
  ],

  jotsBuild: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    ({}, use) =>
      inFolder('larder-jots-', async (folder) => {
        await buildPage(new URL('../lifecycle/app', import.meta.url), folder)
        await use(folder)
      }),
    { scope: 'worker' },
  ],

  bareBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const browser = await startBareBrowser()
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
})
