import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Browsers besides Chromium, on which what has to work everywhere is tried where Playwright has them. */
export const otherBrowsers = ['firefox', 'webkit'] as const
export type OtherBrowser = (typeof otherBrowsers)[number]

/** Looks only: nothing is downloaded. Playwright drives builds of its own, so what the system has does not count. */
export function isInstalled(name: OtherBrowser): boolean {
  const playwright: typeof import('playwright') = createRequire(import.meta.url)('playwright')
  return existsSync(playwright[name].executablePath())
}

/** What a run that went without them has to say; undefined when all were there. */
export function absentBrowsers(isThere: (name: OtherBrowser) => boolean = isInstalled): string | undefined {
  const absent = otherBrowsers.filter((name) => !isThere(name))
  return absent.length === 0 ? undefined : `without ${absent.join(' and ')}: not installed`
}
