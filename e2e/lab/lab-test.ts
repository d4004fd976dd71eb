import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { type AppServer, serveApp } from '../crash/app-server.ts'
import { buildPage } from '../support/build-page.ts'

export { expect }

interface Fixtures {
  /** Opens the lab in a tab of its own. */
  openTab: () => Promise<Page>
  /** The lab at an origin of its own, where a browser keeps nothing yet. */
  lab: AppServer
}

interface WorkerFixtures {
  built: string
  /** A browser on a profile on disk: what a browser keeps for private windows is not on any. The tests of a process share it, one after the other. */
  profile: BrowserContext
}

/** A page that does with the SDK what no app would, in the browser of the project. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  built: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'larder-lab-'))
      try {
        await buildPage(new URL('app', import.meta.url), folder)
        await use(folder)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker' },
  ],

  profile: [
    async ({ playwright, browserName, launchOptions }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'larder-lab-profile-'))
      try {
        const context = await playwright[browserName].launchPersistentContext(folder, launchOptions)
        await use(context)
        await context.close()
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
      }
    },
    { scope: 'worker' },
  ],

  lab: async ({ built }, use) => {
    const server = await serveApp(built)
    await use(server)
    await server.stop()
  },

  openTab: async ({ profile, lab }, use) => {
    const pages: Page[] = []
    await use(async () => {
      const page = await profile.newPage()
      pages.push(page)
      await page.goto(lab.origin)
      return page
    })
    for (const page of pages) await page.close()
  },
})
