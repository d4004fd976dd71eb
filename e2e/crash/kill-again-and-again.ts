import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import type { FoundBrowser } from '../../test/run/find-browser.ts'
import { type BrowserProcess, startBrowser } from './browser-process.ts'
import { Journal } from './journal.ts'
import { type FoundEvent, FoundPage, type StoreName, stores } from './notes.ts'
import { tearLog } from './tear-log.ts'

export interface CrashOptions {
  readonly kills: number
  /** From 0 to below 1: for the moments of the kills, and what the page makes up. */
  readonly random: () => number
  readonly browser: FoundBrowser
  /** Address of the page, with the name of a mutant if one is asked for. */
  readonly url: string
  /** A new folder. */
  readonly profile: string
  /** Called with a line about each kill. */
  readonly say: (line: string) => void
}

export interface CrashOutcome {
  readonly kills: number
  readonly acknowledged: number
  /** Kills that hit at least one append in flight. */
  readonly inflight: number
  readonly lost: number
  readonly torn: number
  readonly problems: readonly string[]
  /** ms from the start of the browser's process to the opened store, each time after a kill. */
  readonly relaunches: readonly number[]
}

/** Longest time from the first append of a run to the kill. */
const MAX_RUN_MS = 1000
/** Two tabs append, the third imports and compacts. */
const TABS = 3
/** Appends that each of the two keeps waiting at any time. */
const IN_FLIGHT = 8
/** Each so many kills, the browser's own log is left as a kill in the middle of a write leaves it, which seldom happens by chance. Odd, so that it is both stores' turn. */
const TEAR_EVERY = 3
/** For anything that the page is asked. */
const ANSWER_TIMEOUT_MS = 60_000

/** On one profile, run after run: start, compare what the last kill left, append until killed. Ends with a comparison of both stores. */
export async function killAgainAndAgain(options: CrashOptions): Promise<CrashOutcome> {
  const { kills, random, say } = options
  const journal = new Journal()
  const relaunches: number[] = []
  let inflight = 0
  for (let run = 1; run <= kills + 1; run++) {
    const browser = await startBrowser({ ...options, tabs: TABS, receive: (text) => journal.receive(text) })
    try {
      const before = storeOf(run - 1)
      const read = run === 1 ? undefined : await checkStore(browser.tabs[0], before, journal)
      if (read !== undefined) relaunches.push(read.openedAt - browser.startedAt)
      if (run === kills + 1) {
        if (kills > 1) await checkStore(browser.tabs[0], storeOf(run), journal)
        break
      }
      await append(browser, storeOf(run), run, journal, random)
      const tears = run % TEAR_EVERY === 0
      if (tears) tearLog(options.profile)
      if (journal.inFlight > 0) inflight++
      say(
        `kill ${run}/${kills}: ${storeOf(run)} store, ${journal.acknowledgedInRun} acknowledged, ` +
          `${journal.importedInRun} batches imported, ${journal.inFlight} in flight${tears ? ', and the log torn' : ''}${read === undefined ? '' : `; before it ${read.events} events read back`}`,
      )
    } finally {
      browser.kill()
      await browser.ended()
    }
  }
  const { acknowledged, lost, torn, problems } = journal
  return { kills, acknowledged, inflight, lost, torn, problems, relaunches }
}

const storeOf = (run: number): StoreName => (run % 2 === 1 ? stores[0] : stores[1])

/** Lets the tabs append, import and compact, and kills the browser at a random moment. */
async function append(
  browser: BrowserProcess,
  store: StoreName,
  run: number,
  journal: Journal,
  random: () => number,
): Promise<void> {
  // At once, as when a browser restores its tabs.
  const opening = browser.tabs.map((page) => page.evaluate((name) => crash.open(name), store))
  await answer('open', Promise.all(opening))
  journal.beginRun()
  const [one, two, three] = browser.tabs
  const started = [one, two].map((page, tab) => {
    const seed = Math.floor(random() * 2 ** 32)
    return page?.evaluate((write) => crash.write(write), { run, tab, seed, inFlight: IN_FLIGHT })
  })
  await answer('write', Promise.all([...started, three?.evaluate(() => crash.importAndCompact())]))
  await delay(random() * MAX_RUN_MS)
  browser.kill()
  await browser.ended()
}

/** Opens the store, reads all of it, compares and closes it. */
async function checkStore(page: Page, store: StoreName, journal: Journal) {
  await answer(
    'open',
    page.evaluate((name) => crash.open(name), store),
  )
  const openedAt = performance.now()
  const found: FoundEvent[] = []
  let after: string | undefined
  do {
    const read = await answer(
      'read',
      page.evaluate((from) => crash.read(from), after),
    )
    const { events, next } = FoundPage.parse(JSON.parse(read))
    found.push(...events)
    after = next
  } while (after !== undefined)
  journal.check(store, found)
  await answer(
    'close',
    page.evaluate(() => crash.close()),
  )
  return { openedAt, events: found.length }
}

async function answer<T>(question: string, asked: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const tooLate = delay(ANSWER_TIMEOUT_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`The page did not answer ${question} within ${ANSWER_TIMEOUT_MS} ms`)
  })
  tooLate.catch(() => undefined)
  try {
    return await Promise.race([asked, tooLate])
  } finally {
    ended.abort()
  }
}
