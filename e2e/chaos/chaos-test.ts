import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test'
import { findBrowser } from '../../test/run/find-browser.ts'
import { buildPage } from '../support/build-page.ts'
import { ChaosProxy } from './chaos-proxy.ts'
import { type MealsServer, serveMeals } from './meals-server.ts'

export { expect }

interface Fixtures {
  server: MealsServer
  way: ChaosProxy
  /** Starts a browser on a profile of its own, with so many tabs on the proxy. */
  openDevice: (tabs: number) => Promise<readonly Page[]>
}

export const test = base.extend<Fixtures, { built: string }>({
  built: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'larder-chaos-'))
      try {
        await buildPage(new URL('app', import.meta.url), folder)
        await use(folder)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker' },
  ],

  server: async ({ built }, use) => {
    const server = await serveMeals(built)
    await use(server)
    await server.stop()
  },

  way: async ({ server }, use) => {
    const proxy = new ChaosProxy(server.origin)
    await use(proxy)
    await proxy.stop()
  },

  openDevice: async ({ way }, use) => {
    const origin = await way.start()
    const { executablePath, args } = await findBrowser()
    const profiles: string[] = []
    const contexts: BrowserContext[] = []
    await use(async (tabs) => {
      const profile = mkdtempSync(join(tmpdir(), 'larder-chaos-profile-'))
      profiles.push(profile)
      const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...args] })
      contexts.push(context)
      const pages: Page[] = []
      for (let tab = 0; tab < tabs; tab++) {
        const page = await context.newPage()
        await page.goto(origin)
        await page.waitForFunction(() => typeof globalThis.chaos === 'object')
        pages.push(page)
      }
      return pages
    })
    for (const context of contexts) await context.close()
    for (const profile of profiles) rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  },
})

export async function leaderOf(pages: readonly Page[]): Promise<{ readonly leader: Page; readonly other: Page }> {
  const leads = pages.map(async (page) => {
    await page.waitForFunction(() => chaos.stands().leader)
    return page
  })
  const leader = await Promise.any(leads)
  const other = pages.find((page) => page !== leader)
  if (other === undefined) throw new Error('There is one tab only.')
  return { leader, other }
}
