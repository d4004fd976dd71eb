import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium, type Page } from '@playwright/test'
import type { FoundBrowser } from '../../test/run/find-browser.ts'
import { killGroup, whenGroupEnded } from './processes.ts'

/** A browser that nothing but its process group holds: killed with it, it has no time to do anything. */
export interface BrowserProcess {
  /** Tabs that show the page; at least one. */
  readonly tabs: readonly [Page, ...Page[]]
  /** When its process was made, as `performance.now()` says. */
  readonly startedAt: number
  /** SIGKILLs the whole group now. */
  kill(): void
  /** Resolves when nothing of it runs and all that it still told was received. Call it after `kill`. */
  ended(): Promise<void>
}

export interface BrowserOptions {
  readonly browser: FoundBrowser
  /** A folder that no other browser uses meanwhile. */
  readonly profile: string
  /** The page that is shown when it has started. */
  readonly url: string
  /** How many tabs show the page. */
  readonly tabs: number
  /** Called with every text that a page gives to `globalThis.report`. */
  readonly receive: (text: string) => void
}

const START_TRIES = 3
const START_TIMEOUT_MS = 20_000

const switches = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-default-browser-check',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--password-store=basic',
  '--mute-audio',
  '--hide-crash-restore-bubble',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]

/** Groups that may be alive, for the case that the harness itself is ended. */
const groups = new Set<number>()

export function killAllBrowsers(): void {
  for (const group of groups) killGroup(group)
}

/** Starts the browser and shows the page. One that does not come up is killed and tried again. */
export async function startBrowser(options: BrowserOptions): Promise<BrowserProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToStart(options)
    } catch (error) {
      if (tries === START_TRIES) throw error
      console.error(`The browser did not start (${error instanceof Error ? error.message : error}); trying again.`)
    }
  }
}

async function tryToStart({ browser, profile, url, tabs, receive }: BrowserOptions): Promise<BrowserProcess> {
  // A killed browser leaves its lock and its port: the first can refuse the next one, the second would mislead us.
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket', 'DevToolsActivePort'])
    rmSync(join(profile, name), { force: true })
  const startedAt = performance.now()
  const child = spawn(
    browser.executablePath,
    [...browser.args, ...switches, `--user-data-dir=${profile}`, 'about:blank'],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000)
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const group = child.pid
  if (group === undefined) throw new Error(`${browser.executablePath} cannot be run`)
  groups.add(group)
  let disconnected: Promise<void> = Promise.resolve()
  const kill = () => killGroup(group)
  const ended = async () => {
    await exited
    await disconnected
    await whenGroupEnded(group)
    groups.delete(group)
  }
  try {
    const connection = await chromium.connectOverCDP(await endpointOf(child, profile), { timeout: START_TIMEOUT_MS })
    disconnected = new Promise((resolve) => connection.once('disconnected', () => resolve()))
    const first = await firstPage(connection)
    const others = Array.from({ length: tabs - 1 }, () => first.context().newPage())
    const pages = [first, ...(await Promise.all(others))] as const
    for (const page of pages) {
      await listen(page, receive)
      await page.goto(url, { timeout: START_TIMEOUT_MS })
    }
    return { tabs: pages, startedAt, kill, ended }
  } catch (cause) {
    kill()
    await ended()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${reason.split('\n')[0]}\n${said.trim()}`, { cause })
  }
}

/** The browser writes its address into the profile once it listens. */
async function endpointOf(child: ChildProcess, profile: string): Promise<string> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The browser ended by itself')
    try {
      const [port, path] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
      if (port !== undefined && path?.startsWith('/') === true) return `ws://127.0.0.1:${port}${path.trim()}`
    } catch {
      // Not yet.
    }
    await delay(10)
  }
  throw new Error(`The browser did not listen within ${START_TIMEOUT_MS} ms`)
}

async function firstPage(browser: Browser): Promise<Page> {
  const context = browser.contexts()[0] ?? (await browser.newContext())
  return context.pages()[0] ?? (await context.newPage())
}

/** A plain binding: unlike Playwright's own it has no answer, so that what is told leaves the page at once and waits for nothing. */
async function listen(page: Page, receive: (text: string) => void): Promise<void> {
  const session = await page.context().newCDPSession(page)
  session.on('Runtime.bindingCalled', ({ name, payload }) => {
    if (name === 'report') receive(payload)
  })
  await session.send('Runtime.enable')
  await session.send('Runtime.addBinding', { name: 'report' })
}
