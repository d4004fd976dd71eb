import { expect } from '@playwright/test'
import { test as base } from '../support/process-test.ts'
import { type BareTab, BareWindow } from './bare-browser.ts'
import { type JotsServer, serveJots } from './jots-server.ts'

export { expect }

interface Fixtures {
  server: JotsServer
  browserOfTabs: BareWindow
}

export const test = base.extend<Fixtures>({
  server: async ({ jotsBuild }, use) => {
    const server = await serveJots(jotsBuild)
    await use(server)
    await server.stop()
  },

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
