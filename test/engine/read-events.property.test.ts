import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventsRequest } from '../../src/engine/events-page.ts'
import { readEvents } from '../../src/engine/read-events.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { failureOf } from '../support/failure.ts'
import { Erased, Noted, noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { thorough } from '../support/thorough.ts'
import { NOON } from '../support/virtual-clock.ts'

interface Written {
  readonly text: string
  readonly stream: string
  readonly type: string
}

const note = fc.record({ stream: fc.constantFrom('a', 'b'), type: fc.constantFrom('Noted', 'Erased') })
const commits = fc.array(fc.array(note, { minLength: 1, maxLength: 4 }), { maxLength: 14 })

/** A log of these commits, the first of them confirmed, `together` of them at a time. */
async function logOf(
  groups: readonly (readonly { stream: string; type: string }[])[],
  confirmed: number,
  together: number,
) {
  const store = await openStore({ authority: 'server' })
  let count = 0
  const written: Written[] = []
  for (const group of groups) {
    const events = group.map(({ stream, type }) => {
      const text = String(++count)
      written.push({ text, stream, type })
      return type === 'Noted' ? Noted({ text }, { stream }) : Erased({ text }, { stream })
    })
    await store.append(prepared(events))
  }
  const ids = store.known.pending.records.slice(0, confirmed).map(({ id }) => id)
  while (ids.length > 0) await settle(store, { confirm: ids.splice(0, together) })
  return { store, written }
}

const request = (change: Partial<EventsRequest>): EventsRequest => ({
  stream: undefined,
  types: undefined,
  from: undefined,
  to: undefined,
  where: undefined,
  limit: 1000,
  direction: 'forward',
  after: undefined,
  ...change,
})

/** All pages, one after the other, each as texts. */
async function pages(store: EventStore, change: Partial<EventsRequest>): Promise<string[][]> {
  const all: string[][] = []
  let after: string | undefined
  do {
    const page = await readEvents(store, notes.catalog, request({ ...change, after }))
    all.push(page.events.map(({ data }) => (data as { text: string }).text))
    after = page.next
    if (all.length > 200) throw new Error('it never ends')
  } while (after !== undefined)
  return all
}

describe('reading events page by page', () => {
  it('gives each that was asked for, once, in the order of the log, forward and backward', async () => {
    await fc.assert(
      fc.asyncProperty(
        commits,
        fc.nat(14),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 7 }),
        fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
        fc.option(fc.subarray(['Noted', 'Erased']), { nil: undefined }),
        async (groups, confirmed, together, limit, stream, types) => {
          const { store, written } = await logOf(groups, confirmed, together)
          const oracle = written
            .filter((each) => (stream ?? each.stream) === each.stream && (types ?? [each.type]).includes(each.type))
            .map(({ text }) => text)
          const forward = await pages(store, { limit, stream, types, direction: 'forward' })
          const backward = await pages(store, { limit, stream, types, direction: 'backward' })
          expect(forward.flat()).toEqual(oracle)
          expect(backward.flat()).toEqual([...oracle].reverse())
          for (const found of [forward, backward])
            for (const page of found.slice(0, -1)) expect(page).toHaveLength(limit)
        },
      ),
      { numRuns: thorough(150, 60) },
    )
  })

  it('knows of each event where it is', async () => {
    const { store } = await logOf([[{ stream: 'a', type: 'Noted' }], [{ stream: 'b', type: 'Noted' }]], 1, 1)
    const { events, next } = await readEvents(store, notes.catalog, request({}))
    expect(next).toBeUndefined()
    expect(events).toMatchObject([
      { stream: 'a', type: 'Noted', version: 1, position: 1, receivedAt: '1970-01-01T00:00:00.000Z' },
      { stream: 'b', type: 'Noted', position: undefined, receivedAt: undefined },
    ])
    expect(events.map(({ commitId }) => commitId)).toHaveLength(2)
  })

  it('takes only those of a time: from it, and before it', async () => {
    const store = await openStore()
    await store.append(prepared(noted('noon')))
    const count = async (from: number | undefined, to: number | undefined) =>
      (await readEvents(store, notes.catalog, request({ from, to }))).events.length
    expect(await count(NOON, NOON + 1)).toBe(1)
    expect(await count(NOON + 1, undefined)).toBe(0)
    expect(await count(undefined, NOON)).toBe(0)
    expect(await count(undefined, undefined)).toBe(1)
  })

  it('refuses what is no cursor of its own', async () => {
    const store = await openStore()
    for (const after of ['', '{}', 'null', '{"p":"1"}', '[1]', 'x'])
      expect((await failureOf(() => readEvents(store, notes.catalog, request({ after })))).code).toBe('argument')
  })
})

describe('reading while another tab moves the log', () => {
  it.each(['forward', 'backward'] as const)(
    'misses none that was acknowledged, and gives none twice, at whatever moment it moves (%s)',
    async (direction) => {
      for (let delay = 0; delay < 120; delay++) {
        const disk = new MemoryDisk()
        const [reader, mover] = await Promise.all([openStore({ disk, authority: 'server' }), openStore({ disk })])
        if (reader === undefined || mover === undefined) throw new Error('no tabs')
        for (const text of ['a', 'b', 'c']) await reader.append(prepared(noted(text)))
        const ids = reader.known.pending.records.map(({ id }) => id)
        await mover.refresh()
        await settle(mover, { confirm: ids.slice(0, 1) })
        const reading = pages(reader, { direction })
        for (let turn = 0; turn < delay; turn++) await Promise.resolve()
        const [found] = await Promise.all([reading, settle(mover, { confirm: ids.slice(1) })])
        expect(found.flat().sort()).toEqual(['a', 'b', 'c'])
      }
    },
  )
})

describe('going on from page to page while the outbox is confirmed', () => {
  it.each(['forward', 'backward'] as const)('gives each event once (%s)', async (direction) => {
    await fc.assert(
      fc.asyncProperty(
        commits,
        fc.nat(14),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(3), { maxLength: 40 }),
        async (groups, confirmed, limit, betweenPages) => {
          const { store, written } = await logOf(groups, confirmed, 2)
          const found: string[] = []
          let after: string | undefined
          do {
            const page = await readEvents(store, notes.catalog, request({ direction, limit, after }))
            found.push(...page.events.map(({ data }) => (data as { text: string }).text))
            after = page.next
            const ids = store.known.pending.records.map(({ id }) => id)
            await settle(store, { confirm: ids.slice(0, betweenPages.shift() ?? 0) })
          } while (after !== undefined)
          const oracle = written.map(({ text }) => text)
          expect(found).toEqual(direction === 'forward' ? oracle : oracle.toReversed())
        },
      ),
      { numRuns: thorough(150, 60) },
    )
  })

  it('takes only events with the metadata that is asked for', async () => {
    const store = await openStore()
    await store.append(prepared(noted('ann'), { metadata: { userId: 'ann' } }))
    await store.append(prepared(noted('bob'), { metadata: { userId: 'bob' } }))
    const { events } = await readEvents(store, notes.catalog, request({ where: { userId: 'bob' } }))
    expect(events.map(({ data }) => (data as { text: string }).text)).toEqual(['bob'])
  })
})
