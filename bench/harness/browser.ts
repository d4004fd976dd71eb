import { type BrowserContext, chromium, type Page } from '@playwright/test'
import type { FoundBrowser } from '../../test/run/find-browser.ts'
import type { JobName, Jobs } from '../page/jobs.ts'
import type { BenchPage } from '../page/serve.ts'
import { within } from './within.ts'

/** The page's end. */
declare const bench: BenchPage

/** For whatever the browser does by itself: start, open a page, close, tell a number. */
const BROWSER_TIMEOUT_MS = 30_000

export interface BenchBrowserOptions {
  readonly found: FoundBrowser
  /** Folder of the profile. */
  readonly profile: string
  /** For one job of a page: what takes longer hangs. */
  readonly jobTimeoutMs: number
}

/** One Chromium on one profile on disk. A job that hangs takes the browser with it; the next one gets another. */
export class BenchBrowser {
  readonly #options: BenchBrowserOptions
  #context: BrowserContext | undefined

  constructor(options: BenchBrowserOptions) {
    this.#options = options
  }

  async #current(): Promise<BrowserContext> {
    if (this.#context !== undefined) return this.#context
    const { found, profile } = this.#options
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: found.executablePath,
      args: [...found.args, '--host-resolver-rules=MAP *.localhost 127.0.0.1'],
      // An incognito context would keep IndexedDB in memory.
      headless: true,
      timeout: BROWSER_TIMEOUT_MS,
    })
    context.setDefaultTimeout(BROWSER_TIMEOUT_MS)
    // It may also end by itself.
    context.once('close', () => {
      if (this.#context === context) this.#context = undefined
    })
    this.#context = context
    return context
  }

  async version(): Promise<string> {
    return (await this.#current()).browser()?.version() ?? 'unknown'
  }

  /** Opens the page of an origin, for as long as `work` takes. */
  async withPage<T>(origin: string, work: (page: BenchTab) => Promise<T>): Promise<T> {
    const context = await this.#current()
    const page = await soon('open a page', context.newPage())
    try {
      await page.goto(origin)
      return await work(new BenchTab(page, this.#options.jobTimeoutMs))
    } catch (error) {
      if (error instanceof JobTimeout) await this.relaunch()
      throw error
    } finally {
      await soon('close a page', page.close()).catch(() => undefined)
    }
  }

  /** Deletes all that an origin has stored. Call it when no page of it is open. What is left behind only takes space: each run has its own. */
  async clear(origin: string): Promise<void> {
    await this.#ask((session) => session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })).catch(
      () => undefined,
    )
  }

  /** Bytes of an origin's databases on disk, as the browser counts them for its quota. */
  async databaseBytes(origin: string): Promise<number> {
    const { usageBreakdown } = await this.#ask((session) => session.send('Storage.getUsageAndQuota', { origin }))
    return usageBreakdown.find(({ storageType }) => storageType === 'indexeddb')?.usage ?? 0
  }

  async #ask<T>(question: (session: Awaited<ReturnType<BrowserContext['newCDPSession']>>) => Promise<T>): Promise<T> {
    const context = await this.#current()
    const asked = async (): Promise<T> => {
      const session = await context.newCDPSession(context.pages()[0] ?? (await context.newPage()))
      try {
        return await question(session)
      } finally {
        await session.detach()
      }
    }
    return soon('answer over the DevTools protocol', asked())
  }

  async relaunch(): Promise<void> {
    await this.close()
    await this.#current()
  }

  async close(): Promise<void> {
    const context = this.#context
    this.#context = undefined
    if (context !== undefined) await soon('close', context.close()).catch(() => undefined)
  }
}

function soon<T>(what: string, work: Promise<T>): Promise<T> {
  return within(
    work,
    BROWSER_TIMEOUT_MS,
    () => new Error(`The browser did not ${what} within ${BROWSER_TIMEOUT_MS / 1000} s`),
  )
}

/** One tab; jobs run in it one after another. */
export class BenchTab {
  readonly page: Page
  readonly #timeoutMs: number

  constructor(page: Page, timeoutMs: number) {
    this.page = page
    this.#timeoutMs = timeoutMs
  }

  async run<J extends JobName>(job: J, argument: Jobs[J]['argument']): Promise<Jobs[J]['answer']> {
    const asked = this.page.evaluate(([name, given]) => bench.run(name, given), [job, argument] as const)
    const answer = await within(asked, this.#timeoutMs, () => new JobTimeout(job, this.#timeoutMs))
    // The page answers a job with what the job's name stands for.
    return answer as Jobs[J]['answer']
  }
}

export class JobTimeout extends Error {
  constructor(job: JobName, timeoutMs: number) {
    super(`The page did not finish ${job} within ${timeoutMs / 1000} s`)
  }
}
