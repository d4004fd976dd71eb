import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { amendDeadLetter, discardDeadLetter, retryDeadLetter } from '../../src/dead-letter/dead-letter-actions.ts'
import { afterPending, formatCursor, parseCursor } from '../../src/engine/feed-cursor.ts'
import { type FeedRequest, readFeed } from '../../src/engine/read-feed.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { EventStore } from '../../src/store/event-store.ts'
import { Exchange } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { Noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'
import { countingIds } from '../support/virtual-platform.ts'

const FROM_START: FeedRequest = { after: undefined, types: undefined, stream: undefined, zone: 'all' }

/** A device: a store that syncs when it is told to. Notes that begin with "bad" are refused. */
async function openDevice(server: SyncServer, number = 1) {
  const store = await EventStore.open({
    backend: openMemoryStorage(),
    clock: new VirtualClock(),
    ids: countingIds(number),
    authority: 'server',
    logger: { error: () => undefined, info: () => undefined, debug: () => undefined },
  })
  const exchange = new Exchange({
    ids: countingIds(0xf0f0),
    store,
    transport: server.transport(),
    tokens: new TokenSource(undefined),
    clock: new VirtualClock(),
    random: { next: () => 0.5 },
    domain: notes.version,
    maxAttempts: 3,
  })
  const sync = () => exchange.run(store.known.meta.term, new AbortController().signal)
  return { store, sync }
}

function refusing(server: SyncServer): SyncServer {
  server.rules = [ruleAgainst('"bad', { code: 'bad', message: 'Bad' })]
  return server
}

/** Reads everything behind a cursor. */
async function readOn(store: EventStore, request: FeedRequest) {
  const texts: string[] = []
  let after = request.after
  for (let rounds = 0; rounds < 1000; rounds++) {
    const batch = await readFeed(store, notes.catalog, { ...request, after })
    for (const event of batch.events) texts.push((event.data as { text: string }).text)
    after = batch.cursor
    if (batch.atEnd) return { texts, after }
  }
  throw new Error('The feed has no end')
}

type Step =
  | { readonly do: 'append' | 'append-bad' | 'other-appends'; readonly count: number }
  | { readonly do: 'sync' | 'read' | 'retry' | 'amend' | 'discard' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('append', 'append-bad', 'other-appends'), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constantFrom('sync', 'read', 'retry', 'amend', 'discard') }),
)

describe('a feed of events', () => {
  it('gives each event once, whatever is confirmed, refused, retried or amended between two reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const server = refusing(new SyncServer())
        const [own, other] = [await openDevice(server), await openDevice(server, 2)]
        const texts: string[] = []
        let after: string | undefined
        let n = 0
        const read = async () => {
          const more = await readOn(own.store, { ...FROM_START, after })
          texts.push(...more.texts)
          after = more.after
        }
        for (const each of steps) {
          const [letter] = own.store.known.deadLetters.keys()
          if ('count' in each) {
            const word = each.do === 'append-bad' ? 'bad' : 'good'
            const events = Array.from({ length: each.count }, () => Noted({ text: `${word} ${++n}`, days: [] }))
            const device = each.do === 'other-appends' ? other : own
            await device.store.append(prepared(events))
            if (each.do === 'other-appends') await other.sync()
          } else if (each.do === 'sync') await own.sync()
          else if (each.do === 'read') await read()
          else if (letter === undefined) continue
          else if (each.do === 'retry') await retryDeadLetter(own.store, letter)
          else if (each.do === 'discard') await discardDeadLetter(own.store, letter, '', NOON)
          else await amendDeadLetter(own.store, letter, prepared(Noted({ text: `mended ${++n}`, days: [] })), NOON)
        }
        await own.sync()
        await own.sync()
        await read()
        const delivered = new Set(texts)
        expect(texts.length).toBe(delivered.size)
        const confirmed = await server.texts()
        expect(confirmed.filter((text) => !delivered.has(text))).toEqual([])
        // What is delivered and not confirmed was refused later, or still waits.
        expect(texts.filter((text) => !confirmed.includes(text) && !text.startsWith('bad'))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('leaves nothing out that is confirmed between its two looks at the log', async () => {
    const { store, sync } = await openDevice(new SyncServer())
    const append = (text: string) => store.append(prepared(Noted({ text, days: [] })))
    await append('history')
    await sync()
    await append('confirmed meanwhile')
    const open = store.open.bind(store)
    vi.spyOn(store, 'open').mockImplementationOnce(async (segments) => {
      await sync()
      await append('pending meanwhile')
      return open(segments)
    })
    expect((await readOn(store, FROM_START)).texts).toEqual(['history', 'confirmed meanwhile', 'pending meanwhile'])
  })

  it('of the confirmed zone gives the events of the server in its order', async () => {
    const server = new SyncServer()
    const [own, other] = [await openDevice(server), await openDevice(server, 2)]
    await own.store.append(prepared(Noted({ text: 'mine', days: [] })))
    await other.store.append(prepared(Noted({ text: 'theirs', days: [] })))
    await other.sync()
    expect((await readOn(own.store, { ...FROM_START, zone: 'confirmed' })).texts).toEqual([])
    await own.sync()
    expect((await readOn(own.store, { ...FROM_START, zone: 'confirmed' })).texts).toEqual(['theirs', 'mine'])
  })

  it('that starts now gives only what comes', async () => {
    const { store } = await openDevice(new SyncServer())
    await store.append(prepared(Noted({ text: 'before', days: [] })))
    const { after, texts } = await readOn(store, { ...FROM_START, after: 'now' })
    expect(texts).toEqual([])
    await store.append(prepared(Noted({ text: 'after', days: [] })))
    expect((await readOn(store, { ...FROM_START, after })).texts).toEqual(['after'])
  })

  it('that starts now in the confirmed zone gives what was pending then, once it is confirmed', async () => {
    const { store, sync } = await openDevice(new SyncServer())
    await store.append(prepared(Noted({ text: 'pending', days: [] })))
    const request: FeedRequest = { ...FROM_START, zone: 'confirmed' }
    const { after } = await readOn(store, { ...request, after: 'now' })
    await store.append(prepared(Noted({ text: 'after', days: [] })))
    await sync()
    expect((await readOn(store, { ...request, after })).texts).toEqual(['pending', 'after'])
  })

  it('that starts now gives what was refused before, when it is sent again', async () => {
    const { store, sync } = await openDevice(refusing(new SyncServer()))
    for (const text of ['bad', 'good']) await store.append(prepared(Noted({ text, days: [] })))
    await sync()
    await store.append(prepared(Noted({ text: 'pending', days: [] })))
    const { after } = await readOn(store, { ...FROM_START, after: 'now' })
    await retryDeadLetter(store, [...store.known.deadLetters.keys()][0] ?? '')
    expect((await readOn(store, { ...FROM_START, after })).texts).toEqual(['bad'])
  })

  it('gives a commit again to whoever stopped in the middle of it', async () => {
    const { store } = await openDevice(new SyncServer())
    await store.append(prepared([Noted({ text: 'one', days: [] }), Noted({ text: 'two', days: [] })]))
    const { events } = await readFeed(store, notes.catalog, FROM_START)
    expect((await readOn(store, { ...FROM_START, after: events[0]?.cursor })).texts).toEqual(['one', 'two'])
    expect((await readOn(store, { ...FROM_START, after: events[1]?.cursor })).texts).toEqual([])
  })

  it.each(['', 'x', '{}', '[1]', '[2,"","",0,0,[]]'])('refuses %j as a cursor', (text) => {
    expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'cursor-foreign' }))
  })

  it('looks at no more of what waits than lies in front of the commit that it gives', () => {
    let looked = 0
    function* waiting() {
      for (const seq of [2, 4, ...Array.from({ length: 1000 }, (_, index) => 6 + index)]) {
        looked++
        yield seq
      }
    }
    const cursor = { epoch: '', device: 'a', position: 0, seq: 3, except: [2] }
    expect(afterPending(cursor, 5, waiting())).toEqual({ ...cursor, seq: 5, except: [2, 4] })
    expect(looked).toBe(3)
  })

  it('refuses a cursor of another local store, and one from behind the end of its own', async () => {
    const [own, other] = [await openStore({ seed: 1 }), await openStore({ seed: 2 })]
    for (const store of [own, other]) await store.append(prepared(Noted({ text: 'one', days: [] })))
    const { after = '' } = await readOn(own, FROM_START)
    await expect(readFeed(other, notes.catalog, { ...FROM_START, after })).rejects.toMatchObject({
      code: 'cursor-foreign',
    })
    const behind = formatCursor({ ...parseCursor(after), position: 2 })
    await expect(readFeed(own, notes.catalog, { ...FROM_START, after: behind })).rejects.toMatchObject({
      code: 'cursor-foreign',
    })
    expect((await readOn(own, { ...FROM_START, after })).texts).toEqual([])
  })

  it('goes on from a cursor of another device where that says nothing but a position, and refuses any other', async () => {
    const server = new SyncServer()
    const [own, other] = [await openDevice(server), await openDevice(server, 2)]
    await other.store.append(prepared(Noted({ text: 'one', days: [] })))
    await other.sync()
    const { after = '' } = await readOn(other.store, { ...FROM_START, zone: 'confirmed' })
    await other.store.append(prepared(Noted({ text: 'two', days: [] })))
    const { after: withSeq = '' } = await readOn(other.store, FROM_START)
    await other.sync()
    await own.sync()
    await own.store.append(prepared(Noted({ text: 'mine', days: [] })))
    const first = await readOn(own.store, { ...FROM_START, after })
    expect(first.texts).toEqual(['two', 'mine'])
    // And each once, also of what has been pending.
    await own.sync()
    expect((await readOn(own.store, { ...FROM_START, after: first.after })).texts).toEqual([])
    await expect(readFeed(own.store, notes.catalog, { ...FROM_START, after: withSeq })).rejects.toMatchObject({
      code: 'cursor-foreign',
    })
  })

  it('refuses a cursor of another log', async () => {
    const { store, sync } = await openDevice(new SyncServer())
    await store.append(prepared(Noted({ text: 'one', days: [] })))
    await sync()
    const { after = '' } = await readOn(store, FROM_START)
    const other = await openStore({ authority: 'local' })
    await expect(readFeed(other, notes.catalog, { ...FROM_START, after })).rejects.toMatchObject({
      code: 'cursor-foreign',
    })
  })
})
