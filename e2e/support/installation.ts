import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  type Page,
} from '@playwright/test'
import { findBrowser } from '../../test/run/find-browser.ts'
import { AppPage } from './app-page.ts'

export interface InstallationOptions {
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
}

/**
 * A browser on a profile that lasts: closed and started again, it finds what it had. In a browser that runs already it is a private window of that one, which
 * is there at once, and forgets everything when it is closed.
 */
export class Installation {
  /** What no session may show: errors of scripts and of the console, but for a server that cannot be reached. */
  readonly problems: string[] = []
  readonly #origin: string
  readonly #options: InstallationOptions
  readonly #browser: Browser | undefined
  #profile: string | undefined
  #context: BrowserContext | undefined
  #canStartOffline = false

  constructor(origin: string, options: InstallationOptions, browser?: Browser) {
    this.#origin = origin
    this.#options = options
    this.#browser = browser
  }

  /** Starts the browser, or opens the window. */
  async start(): Promise<void> {
    const options = { baseURL: this.#origin, locale: 'en-GB', reducedMotion: 'reduce', ...this.#options } as const
    this.#context = await (this.#browser?.newContext(options) ?? this.#startBrowser(options))
    this.#context.on('console', (message) => this.#onConsole(message))
    this.#context.on('weberror', (error) => this.problems.push(`error: ${error.error().message}`))
  }

  async #startBrowser(options: BrowserContextOptions): Promise<BrowserContext> {
    const { executablePath, args } = await findBrowser()
    this.#profile ??= mkdtempSync(join(tmpdir(), 'larder-e2e-profile-'))
    return chromium.launchPersistentContext(this.#profile, { executablePath, args: [...args], ...options })
  }

  /** Opens the app in a tab of its own. `/?device=tablet` is a second installation on the same account. */
  async open(path = '/'): Promise<AppPage> {
    const page = await this.newPage()
    await page.goto(path)
    const app = new AppPage(page)
    await app.isOpen()
    // Said once on a profile; waited for, so that it takes the place of nothing that a test wants to read.
    if (!this.#canStartOffline) await app.canStartOffline()
    this.#canStartOffline = true
    return app
  }

  async newPage(): Promise<Page> {
    if (this.#context === undefined) throw new Error('The browser is not started.')
    // The tab that a browser starts with is used first.
    const blank = this.#context.pages().find((page) => page.url() === 'about:blank')
    return blank ?? (await this.#context.newPage())
  }

  /** Closes the whole browser, or the window with all its tabs. */
  async close(): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
  }

  /** Closes it, and deletes its profile. */
  async remove(): Promise<void> {
    await this.close()
    if (this.#profile !== undefined)
      rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  #onConsole(message: ConsoleMessage): void {
    if (message.type() !== 'error') return
    // The browser reports each request that reaches nobody, whatever the app makes of it.
    if (/^Failed to load resource: net::ERR_/.test(message.text())) return
    this.problems.push(`console: ${message.text()} (${message.location().url})`)
  }
}
