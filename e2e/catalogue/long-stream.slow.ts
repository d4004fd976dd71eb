import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserContext } from '@playwright/test'
import { expect, test } from '../lab/lab-test.ts'
import { shareStopped, slowDown } from '../support/slow-process.ts'
import { WorkerSession } from '../support/worker-session.ts'

const EVENTS = 100_000
const SLOWER = 4
/** A person notices half a second; folding all of it in one go takes about as long here. */
const LONGEST_SILENCE_MS = 500
/** What is in use at any moment. The events alone are 34 MB of JSON, and several times that when they are all objects at once. */
const HEAP_BUDGET_BYTES = 20 * 1024 * 1024
/** A page ends before it has more than 4 MiB of events, unless the first of them alone has; some is lost to what a page says beside them. */
const PAGE_BUDGET_CHARACTERS = 4.1 * 1024 * 1024
/** ms between two looks at what is in use: each costs a collection. */
const LOOK_EVERY_MS = 250
/**
 * What else the machine does only ever adds to a silence, and what the worker does itself comes every time. So the quietest of some passes tells.
 */
const PASSES = 3

/** The processes in which pages and their workers run. */
async function renderers(context: BrowserContext): Promise<readonly number[]> {
  const session = await context.browser()?.newBrowserCDPSession()
  const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {}
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

test('C29: a stream of 100,000 events is read and folded on a slow device in bounded pages and memory, and the worker answers meanwhile', async ({
  openTab,
  profile,
}) => {
  const writer = await openTab()
  await writer.evaluate(() => lab.open({ name: 'long' }))
  await writer.evaluate((commits) => lab.appendHistory('long', commits), EVENTS / 1000)
  await writer.close()

  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'long' }))
  const worker = await WorkerSession.attach(page)
  const readAndFold = async (time: number) => {
    const { mostCharacters, ...read } = await page.evaluate(() => lab.readThrough('long'))
    expect(read).toMatchObject({ events: EVENTS, isInOrder: true, mostEvents: 1000 })
    expect(mostCharacters).toBeLessThan(PAGE_BUDGET_CHARACTERS)
    expect(await page.evaluate((pass) => lab.totals(pass), time)).toEqual({ events: EVENTS, letters: EVENTS * 100 })
  }

  const pids = await renderers(profile)
  const goOn = await slowDown(pids, SLOWER)
  try {
    // Otherwise this would be about a fast device. Meant is three quarters; a busy machine stops it less evenly.
    if (process.platform === 'linux') for (const pid of pids) expect(await shareStopped(pid)).toBeGreaterThan(0.4)
    const silences: number[] = []
    while (silences.length < PASSES && !silences.some((ms) => ms <= LONGEST_SILENCE_MS)) {
      await worker.evaluate('takeLongestSilence()')
      await readAndFold(silences.length)
      silences.push(await worker.evaluate('takeLongestSilence()'))
    }
    expect(Math.min(...silences), `the longest silences were ${silences}`).toBeLessThanOrEqual(LONGEST_SILENCE_MS)
  } finally {
    await goOn()
  }

  // By itself, as the collections that it takes silence the worker.
  await worker.collectGarbage()
  const heapBefore = await worker.heapBytes()
  let heapPeak = heapBefore
  let isOver = false
  const watchHeap = async () => {
    while (!isOver) {
      await worker.collectGarbage()
      heapPeak = Math.max(heapPeak, await worker.heapBytes())
      await delay(LOOK_EVERY_MS)
    }
  }
  const watching = watchHeap()
  try {
    await readAndFold(PASSES)
  } finally {
    isOver = true
    await watching
  }
  expect(heapPeak - heapBefore).toBeLessThan(HEAP_BUDGET_BYTES)
})

test('C29: pages of large events are bounded by how much is in them, whatever number was asked for', async ({
  openTab,
}) => {
  const page = await openTab()
  await page.evaluate(() => lab.open({ name: 'large' }))
  const count = 50
  const append = (number: number) =>
    page.evaluate((n) => lab.append({ stream: 'large', text: `${n} `.padEnd(200_000, '.') }), number)
  for (let number = 0; number < count; number++) expect(await append(number)).toBe(number + 1)
  const { events, isInOrder, pages, mostCharacters } = await page.evaluate(() => lab.readThrough('large'))
  expect({ events, isInOrder }).toEqual({ events: count, isInOrder: true })
  expect(mostCharacters).toBeLessThan(PAGE_BUDGET_CHARACTERS)
  // Nor do they become so small that reading takes for ever.
  expect(pages).toBeLessThanOrEqual(4)
})
