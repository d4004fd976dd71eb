import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, test as base, expect } from '@playwright/test'
import { buildPage } from '../support/build-page.ts'
import { type BareTab, BareWindow, startBareBrowser } from './bare-browser.ts'
import { type JotsServer, serveJots } from './jots-server.ts'

export { expect }

interface Fixtures {
  server: JotsServer
  browserOfTabs: BareWindow
}

interface WorkerFixtures {
  build: string
  bareBrowser: Browser
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  build: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'larder-jots-'))
      try {
        await buildPage(new URL('app', import.meta.url), folder)
        await use(folder)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker' },
  ],

  server: async ({ build }, use) => {
    const server = await serveJots(build)
    await use(server)
    await server.stop()
  },

  bareBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const browser = await startBareBrowser()
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],

  browserOfTabs: async ({ bareBrowser }, use) => {
    const window = await BareWindow.open(bareBrowser)
    await use(window)
    await window.close()
  },
})

/** The store of the page is open. */
export async function isOpen(tab: BareTab): Promise<void> {
  await expect.poll(() => tab.evaluate('typeof page'), { timeout: 20_000, intervals: [50] }).toBe('object')
}

export function append(tab: BareTab, text: string): Promise<unknown> {
  return tab.evaluate(`page.append(${JSON.stringify(text)})`)
}

export function textsOf(tab: BareTab): Promise<string[]> {
  return tab.evaluate('page.texts()')
}

export function leads(tab: BareTab): Promise<boolean> {
  return tab.evaluate('page.stands().leader')
}
