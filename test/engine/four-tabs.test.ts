import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import type { RecordedEvent } from '../../src/event/recorded-event.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { slowStorage } from '../support/slow-storage.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { seededRandom } from '../support/virtual-platform.ts'

const TABS = 4
/** In a browser there are 500 always: `e2e/catalogue/many-tabs.spec.ts`. */
const APPENDS = thorough(500, 150)
/** Appends that a tab has waiting at any time. */
const LANES = 5
const all = Array.from({ length: TABS * APPENDS }, (_, index) => index + 1)

interface Refused {
  readonly stream: string
  readonly expected: unknown
  readonly actual: number
  /** The version that the refused append was given. */
  readonly asked: number
}

interface Outcome {
  /** By the text of the event: where its receipt says that it lies. */
  readonly receipts: Map<string, number | undefined>
  readonly refused: Refused[]
}

async function openTabs() {
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  const random = seededRandom(1)
  const wrap = (backend: Parameters<typeof slowStorage>[0]) => slowStorage(backend, clock, random)
  /** Lets time pass until it has settled. */
  const inTime = async <T>(asked: Promise<T>): Promise<T> => {
    let isSettled = false
    const end = () => {
      isSettled = true
    }
    asked.then(end, end)
    while (!isSettled) await clock.advance(100)
    return asked
  }
  const tabs = await inTime(Promise.all(Array.from({ length: TABS }, () => device.openTab({ wrap }))))
  return { tabs, inTime }
}

async function listAll(larder: Larder) {
  const events: RecordedEvent[] = []
  for await (const event of larder.events()) events.push(event)
  return events
}

/** With `'version'` each append says the version that its tab has last heard of, and is given again with the one that it is told. */
async function appendMany(larder: Larder, tab: number, expects: 'any' | 'version'): Promise<Outcome> {
  const receipts = new Map<string, number | undefined>()
  const refused: Refused[] = []
  let version = 0
  let begun = 0
  const appendOne = async (text: string): Promise<void> => {
    const asked = version
    try {
      const receipt = await larder.append(noted(text), expects === 'any' ? {} : { expectedVersion: asked })
      version = Math.max(version, asked + 1)
      receipts.set(text, receipt.position)
    } catch (error) {
      if (!isLarderError(error, 'concurrency')) throw error
      const { stream, expected, actual } = error.details
      refused.push({ stream, expected, actual, asked })
      version = Math.max(version, actual)
      return appendOne(text)
    }
  }
  const lane = async () => {
    while (begun < APPENDS) await appendOne(`tab ${tab}: ${begun++}`)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { receipts, refused }
}

describe(`C32: four tabs that append ${APPENDS} events each to one stream at once`, () => {
  it.each(['any', 'version'] as const)(
    'and expect %s leave as many positions without a gap, and whoever loses is told',
    async (expects) => {
      const { tabs, inTime } = await openTabs()
      const outcomes = await inTime(Promise.all(tabs.map((tab, number) => appendMany(tab, number, expects))))

      const [first = [], ...others] = await inTime(Promise.all(tabs.map(listAll)))
      expect(first.map(({ position }) => position)).toEqual(all)
      expect(new Set(first.map(({ id }) => id)).size).toBe(all.length)
      for (const other of others) expect(other).toEqual(first)
      const texts = first.map(({ data }) => (data as { readonly text: string }).text)
      const answered = outcomes.flatMap(({ receipts }) => [...receipts])
      expect(new Map(texts.map((text, index) => [text, index + 1]))).toEqual(new Map(answered))

      const refused = outcomes.flatMap((outcome) => outcome.refused)
      if (expects === 'any') return expect(refused).toEqual([])
      const isTrue = ({ stream, expected, actual, asked }: Refused) =>
        stream === 'notes' && expected === asked && actual > asked && actual <= all.length
      expect(refused.filter((each) => !isTrue(each))).toEqual([])
      // What has the version that was wanted is of another tab, at least once for each: they do not take turns.
      for (const [tab, outcome] of outcomes.entries())
        expect(outcome.refused.filter(({ asked }) => texts[asked]?.startsWith(`tab ${tab}:`) === false)).not.toEqual([])
    },
  )
})
