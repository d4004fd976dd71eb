import { expect, type Page } from '@playwright/test'
import { type AppServer, serveApp } from '../crash/app-server.ts'
import { test as base } from '../support/process-test.ts'

export { expect }

interface Fixtures {
  /** Opens the lab in a tab of its own. */
  openTab: () => Promise<Page>
  /** The lab at an origin of its own, where a browser keeps nothing yet. */
  lab: AppServer
}

/** A page that does with the SDK what no app would, in the browser of the project. */
export const test = base.extend<Fixtures>({
  lab: async ({ labBuild }, use) => {
    const server = await serveApp(labBuild)
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
