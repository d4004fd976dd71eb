import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventsRequest } from '../../src/engine/events-page.ts'
import { LarderError } from '../../src/errors.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { until } from '../support/fake-worker.ts'
import { Erased, Noted, noted } from '../support/notes.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'
import { openWatched } from '../support/watched-api.ts'

let disk: MemoryDisk
let machine: VirtualMachine
/** What the page has asked for, and how many events it got each time. */
let asked: { readonly request: EventsRequest; readonly got: number }[]
let larder: Larder

beforeEach(async () => {
  disk = new MemoryDisk()
  machine = new VirtualMachine(1, new VirtualClock())
  asked = []
  larder = await open()
})

const open = (failures: readonly LarderError[] = []): Promise<Larder> => {
  const left = [...failures]
  return openWatched({
    platform: machine.openTab(),
    disk,
    watch: (api) => ({
      events: async (request) => {
        const failure = asked.length > 0 ? left.shift() : undefined
        if (failure !== undefined) throw failure
        const answer = await api.events(request)
        asked.push({ request, got: answer.ok ? answer.value.events.length : 0 })
        return answer
      },
    }),
  })
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
/** Notes that say their number, `perCommit` to a commit. */
const write = async (count: number, perCommit = 500): Promise<void> => {
  for (let from = 0; from < count; from += perCommit)
    await larder.append(numbers(from, Math.min(from + perCommit, count)).map((n) => noted(String(n))))
}
const numberOf = ({ data }: { readonly data: { readonly text: string } }): number => Number(data.text)
const exchange = async (tab: Larder, clock: VirtualClock): Promise<void> => {
  // Until it leads.
  await clock.advance(1)
  let done = false
  const asked = tab.sync.now().finally(() => {
    done = true
  })
  await until(clock, () => done)
  await asked
}
const every =
  (nth: number) =>
  (event: { readonly data: { readonly text: string } }): boolean =>
    numberOf(event) % nth === 0

describe('a page of events', () => {
  it('holds what passed the filter, and its limit counts only that', async () => {
    await write(1000)
    const query = { types: [Noted], filter: every(7), limit: 50 }
    const page = await larder.events(query)
    expect(page.events.map(numberOf)).toEqual(numbers(0, 50).map((n) => n * 7))
    const rest = await larder.events({ ...query, limit: 1000, after: page.next ?? '' })
    expect(rest.events.map(numberOf)).toEqual(numbers(50, 143).map((n) => n * 7))
    expect(rest.next).toBeUndefined()
  })

  it('looks at 10,000 events at most: one that holds fewer than its limit goes on at next', async () => {
    await write(11_000, 1000)
    const seen: number[] = []
    const query = {
      types: [Noted],
      filter: (event: { readonly data: { readonly text: string } }) => {
        seen.push(numberOf(event))
        return numberOf(event) === 10_500
      },
    }
    const page = await larder.events(query)
    expect(page.events).toEqual([])
    expect(seen).toEqual(numbers(0, seen.length))
    expect(seen.length).toBeGreaterThanOrEqual(10_000)
    expect(seen.length).toBeLessThan(10_500)
    const second = await larder.events({ ...query, after: page.next ?? '' })
    expect(second.events.map(numberOf)).toEqual([10_500])
    expect(second.next).toBeUndefined()
  })

  it('gives each event that passes once, in order, whatever filter, limit and direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }), { maxLength: 12 }),
        fc.uniqueArray(fc.nat(9)),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('forward' as const, 'backward' as const),
        fc.nat(12),
        async (commits, wanted, limit, direction, confirmed) => {
          const device = new Device(2, new VirtualClock())
          const server = new SyncServer()
          const tab = await device.openTab({ server })
          for (const [index, commit] of commits.entries()) {
            if (index === confirmed) {
              await exchange(tab, device.machine.clock)
              await tab.sync.pause()
            }
            await tab.append(commit.map((n) => noted(String(n))))
          }
          const oracle = commits.flat().filter((n) => wanted.includes(n))
          const found: number[] = []
          let after: string | undefined
          do {
            const page = await tab.events({
              ...{ types: [Noted], limit, direction },
              filter: (event) => wanted.includes(numberOf(event)),
              ...(after === undefined ? {} : { after }),
            })
            expect(page.events.length).toBeLessThanOrEqual(limit)
            found.push(...page.events.map(numberOf))
            after = page.next
          } while (after !== undefined)
          expect(found).toEqual(direction === 'forward' ? oracle : oracle.reverse())
          await tab.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('passes on what the filter throws', async () => {
    await write(1)
    const broken = new RangeError('the app’s own')
    const filter = (): boolean => {
      throw broken
    }
    await expect(larder.events({ filter })).rejects.toBe(broken)
  })

  it.each([0, 1001, 1.5, Number.NaN])('refuses %d as a limit', async (limit) => {
    expect((await failureOf(() => larder.events({ limit }))).code).toBe('argument')
  })
})

describe('iterating over events', () => {
  it('gives every event of the log in order, and holds no more than a part of it at a time', async () => {
    await write(3000)
    const found: number[] = []
    for await (const event of larder.events({ types: [Noted] })) found.push(numberOf(event))
    expect(found).toEqual(numbers(0, 3000))
    expect(Math.max(...asked.map(({ got }) => got))).toBeLessThanOrEqual(1000)
  })

  it('holds no more than a few megabytes of large events at a time', async () => {
    const text = 'x'.repeat(200 * 1024)
    for (let n = 0; n < 40; n++) await larder.append([noted(text), noted(text)])
    let count = 0
    for await (const _ of larder.events()) count++
    expect(count).toBe(80)
    expect(Math.max(...asked.map(({ got }) => got))).toBeLessThanOrEqual(22)
  })

  it('stops reading when the loop is left', async () => {
    await write(3000)
    for await (const event of larder.events({ types: [Noted] })) if (numberOf(event) === 10) break
    expect(asked).toHaveLength(1)
  })

  it('reads the next part only when the last has been taken', async () => {
    await write(3000)
    const iterator = larder.events()[Symbol.asyncIterator]()
    for (let n = 0; n < 100; n++) await iterator.next()
    expect(asked).toHaveLength(1)
    await iterator.next()
    expect(asked).toHaveLength(2)
  })

  it('ends at the limit, which counts what passed the filter', async () => {
    await write(3000)
    const found: number[] = []
    for await (const event of larder.events({ types: [Noted], filter: every(10), limit: 120 }))
      found.push(numberOf(event))
    expect(found).toEqual(numbers(0, 120).map((n) => n * 10))
  })

  it('goes on over parts in which nothing passes', async () => {
    await write(12_000, 1000)
    const found: number[] = []
    for await (const event of larder.events({ types: [Noted], filter: (each) => numberOf(each) > 11_997 }))
      found.push(numberOf(event))
    expect(found).toEqual([11_998, 11_999])
  })

  it('gives what is appended before it comes to the end, and then ends', async () => {
    await write(300)
    const found: number[] = []
    for await (const event of larder.events({ types: [Noted] })) {
      found.push(numberOf(event))
      if (found.length < 400) await larder.append([noted(String(299 + found.length)), Erased({ text: 'x' })])
    }
    expect(found).toEqual(numbers(0, found.length))
    expect(found.length).toBeGreaterThan(300)
  })

  it('gives each event once though pending ones are confirmed in between', async () => {
    const device = new Device(2, machine.clock)
    const tab = await device.openTab({ server: new SyncServer() })
    await tab.sync.pause()
    for (let n = 0; n < 300; n++) await tab.append(noted(String(n)))
    const found: number[] = []
    for await (const event of tab.events({ types: [Noted] })) {
      found.push(numberOf(event))
      if (found.length !== 50) continue
      await tab.sync.resume()
      await exchange(tab, machine.clock)
    }
    expect(found).toEqual(numbers(0, 300))
    await tab.close()
  })

  it('can be done again, and the page be had besides', async () => {
    await write(300)
    const events = larder.events({ types: [Noted] })
    for (let round = 0; round < 2; round++) {
      const found: number[] = []
      for await (const event of events) found.push(numberOf(event))
      expect(found).toEqual(numbers(0, 300))
    }
    expect((await events).events).toHaveLength(100)
  })

  it('goes on with the next worker when one dies', async () => {
    await write(600)
    await larder.close()
    const died = () => new LarderError('worker-crashed', 'It died', { details: { outcome: 'unknown' } })
    larder = await open([died(), died()])
    const found: number[] = []
    for await (const event of larder.events({ types: [Noted] })) found.push(numberOf(event))
    expect(found).toEqual(numbers(0, 600))
  })

  it('rejects with what went wrong', async () => {
    await write(300)
    const iterator = larder.events()[Symbol.asyncIterator]()
    await iterator.next()
    await larder.close()
    for (let n = 1; n < 100; n++) await iterator.next()
    expect((await failureOf(() => iterator.next())).code).toBe('closed')
  })
})
