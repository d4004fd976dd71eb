import { expect } from '@playwright/test'
import { Installation, type InstallationOptions } from './installation.ts'
import { test as base } from './process-test.ts'
import { createTestServer, type TestServer } from './server.ts'

export { expect }

export const phone: InstallationOptions = { viewport: { width: 390, height: 844 } }
export const desktop: InstallationOptions = { viewport: { width: 1280, height: 800 } }

interface Fixtures {
  size: InstallationOptions
  /** Whether what the app stores lies on a disk, and outlives the browser. */
  lasts: boolean
  /** Runs when the test begins, with an empty log. */
  server: TestServer
  /** A started browser on a profile of its own, or, where nothing has to last, a private window of the browser that the tests share. */
  installation: Installation
}

/** Every test has a server, a log and a profile of its own, and none may leave an error in a console. */
export const test = base.extend<Fixtures>({
  size: [desktop, { option: true }],
  lasts: [false, { option: true }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  server: async ({}, use) => {
    const server = await createTestServer()
    try {
      await server.start()
      await use(server)
    } finally {
      await server.remove()
    }
  },

  installation: async ({ server, size, lasts, browser }, use) => {
    const installation = new Installation(server.origin, size, lasts ? undefined : browser)
    try {
      await installation.start()
      await use(installation)
      expect(installation.problems).toEqual([])
    } finally {
      await installation.remove()
    }
  },
})
