import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Codec } from '../../src/platform/ports.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { Device, watch } from '../support/device.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** A tab in which what is sealed takes its time to be opened: much happens between what a feed reads and what it gives. */
function openTab({ machine, disk }: Device, server: SyncServer | undefined): Promise<Larder> {
  const codec: Codec = {
    ...syncGzip,
    decode: async (bytes, plainBytes) => {
      await new Promise<void>((resolve) => machine.clock.after(3, resolve))
      return syncGzip.decode(bytes, plainBytes)
    },
  }
  return openLarderInline(notes, {
    name: 'notes',
    storage: async () => openMemoryStorage(disk),
    platform: { ...machine.openTab(), codec },
    ...(server === undefined ? {} : { sync: { transport: server.transport() } }),
  })
}

type Step =
  | { readonly do: 'append'; readonly by: number; readonly count: number; readonly isBad: boolean }
  | { readonly do: 'subscribe'; readonly in: number; readonly zone: 'all' | 'confirmed' }
  | { readonly do: 'resume'; readonly which: number; readonly in: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'compact'; readonly in: number }
  | { readonly do: 'go-offline' | 'go-online' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('append'),
      by: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 3 }),
      isBad: fc.nat({ max: 5 }).map((n) => n === 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('subscribe'),
      in: fc.nat({ max: 1 }),
      zone: fc.constantFrom('all', 'confirmed'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume'), which: fc.nat({ max: 9 }), in: fc.nat({ max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(0, 1, 5, 40, 2000, 40_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact'), in: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('go-offline', 'go-online') }) },
)

/** Somebody who subscribes, and later goes on behind the last event that they were given, in either tab. */
class Follower {
  readonly texts: string[] = []
  readonly positions: (number | undefined)[] = []
  readonly zone: 'all' | 'confirmed'
  problem: unknown
  #after: string | undefined
  #stop: () => void = () => undefined

  constructor(zone: 'all' | 'confirmed') {
    this.zone = zone
  }

  follow(larder: Larder): void {
    this.#stop()
    const after = this.#after === undefined ? {} : { after: this.#after }
    const subscription = larder.events$({ types: [Noted], zone: this.zone, ...after }).subscribe({
      next: ({ data, position, cursor }) => {
        this.texts.push(data.text)
        this.positions.push(position)
        this.#after = cursor
      },
      error: (error: unknown) => {
        this.problem = error
      },
    })
    this.#stop = () => subscription.unsubscribe()
  }
}

async function play(steps: readonly Step[], isSynced: boolean): Promise<void> {
  const clock = new VirtualClock()
  const server = new SyncServer()
  server.rules = [ruleAgainst('"bad', { code: 'bad', message: 'Bad', retryable: false })]
  const [phone, laptop] = [new Device(1, clock), new Device(2, clock)]
  const tabs = [
    await openTab(phone, isSynced ? server : undefined),
    await openTab(phone, isSynced ? server : undefined),
  ] as const
  const writers = isSynced ? [...tabs, await openTab(laptop, server)] : tabs
  const followers: Follower[] = []
  const appends: Promise<unknown>[] = []
  const good: string[] = []
  for (const each of steps) {
    if (each.do === 'append') {
      const writer = writers[each.by % writers.length] ?? tabs[0]
      const word = each.isBad ? 'bad' : 'good'
      const texts = Array.from({ length: each.count }, (_, n) => `${word} ${appends.length}.${n}`)
      // Not awaited: what follows meets it half way.
      appends.push(writer.append(texts.map((text) => noted(text))))
      if (!each.isBad || !isSynced) good.push(...texts)
    } else if (each.do === 'subscribe') {
      const follower = new Follower(each.zone)
      follower.follow(tabs[each.in] ?? tabs[0])
      followers.push(follower)
    } else if (each.do === 'resume') followers[each.which]?.follow(tabs[each.in] ?? tabs[0])
    else if (each.do === 'wait') await clock.advance(each.ms)
    else if (each.do === 'compact') appends.push((tabs[each.in] ?? tabs[0]).compact())
    else server.instead = each.do === 'go-online' ? undefined : () => answer(503, '')
  }
  server.instead = undefined
  await clock.advance(600_000)
  await Promise.all(appends)
  for (const { texts, positions, zone, problem } of followers) {
    expect(problem).toBeUndefined()
    expect(texts.toSorted()).toEqual([...new Set(texts)].toSorted())
    expect(texts.filter((text) => good.includes(text)).toSorted()).toEqual(good.toSorted())
    if (zone === 'all') continue
    expect(texts).toHaveLength(good.length)
    expect(positions).toEqual(good.map((_, index) => index + 1))
  }
  await Promise.all(writers.map((larder) => larder.close()))
}

describe('events$, from the history on to what comes', () => {
  it.each([false, true])(
    'gives each event once while tabs append, compact, and the server confirms and refuses (synced: %s)',
    async (isSynced) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => play(steps, isSynced)),
        { numRuns: thorough(200, 30) },
      )
    },
  )

  it('tells at once of what any tab has stored, not when it would have asked again', async () => {
    const clock = new VirtualClock()
    const phone = new Device(1, clock)
    const [larder, other] = [await phone.openTab(), await phone.openTab()]
    await larder.append(noted('before'))
    const feed = watch(larder.events$({ types: [Noted] }))
    await clock.advance(100)
    for (const [index, tab] of [larder, other, larder].entries()) {
      await tab.append(noted(`${index}`))
      await clock.advance(100)
      expect(feed.last()?.data.text).toBe(`${index}`)
    }
    expect(feed.all.map(({ data }) => data.text)).toEqual(['before', '0', '1', '2'])
    await Promise.all([larder.close(), other.close()])
  })
})
