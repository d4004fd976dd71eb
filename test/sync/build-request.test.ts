import { describe, expect, it } from 'vitest'
import { eventText } from '../../src/event/packed-events.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { PendingQueue } from '../../src/store/pending-queue.ts'
import type { PendingRecord, PendingVerdict } from '../../src/store/records.ts'
import { limitsOf } from '../../src/sync/batch-size.ts'
import { BATCH_TARGETS, type BatchLimits, buildRequest } from '../../src/sync/build-request.ts'
import { type ExchangeRequest, exchangeRequest } from '../../src/sync/wire.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'

const options = { domain: 'notes 1', echo: true, limits: BATCH_TARGETS }

async function outbox(...commits: Parameters<typeof prepared>[]): Promise<EventStore> {
  const store = await openStore({ authority: 'server' })
  for (const commit of commits) await store.append(prepared(...commit))
  return store
}

/** What goes over the wire, which has to be a request of the protocol. */
function request(store: EventStore, change: Partial<typeof options> = {}, withdraw: readonly string[] = []) {
  const draft = buildRequest(store.known, withdraw, { ...options, ...change })
  const body: ExchangeRequest = exchangeRequest.parse(JSON.parse(draft.body))
  expect(body.commits.map(({ id }) => id)).toEqual(draft.commitIds)
  expect(body.withdraw).toEqual(draft.withdraw)
  return { body, draft }
}

async function change(store: EventStore, nth: number, next: Partial<PendingRecord>): Promise<void> {
  await store.transition(async (tx, cache) => {
    const record = cache.pending.records[nth]
    if (record !== undefined) await tx.put('pending', { ...record, ...next })
    await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
  })
}

describe('a request', () => {
  it('carries the outbox in order, the place that was reached, and who asks', async () => {
    const store = await outbox([noted('a')], [[noted('b'), noted('c')]])
    const { body, draft } = request(store)
    expect(body).toMatchObject({
      protocol: 1,
      domain: 'notes 1',
      device: store.known.meta.device,
      cursor: null,
      echo: true,
    })
    expect(body.commits.map(({ seq, events }) => [seq, events.map(({ data }) => data)])).toEqual([
      [1, [{ text: 'a', days: [] }]],
      [
        2,
        [
          { text: 'b', days: [] },
          { text: 'c', days: [] },
        ],
      ],
    ])
    expect(draft).toMatchObject({ more: false, basis: { authority: 'server:', cursor: null, term: 0 } })
  })

  it('sends the text that is stored, unit by unit, and never parses it', async () => {
    const store = await outbox([noted('\u2028 "quoted" 👍 \\ é')])
    const [record] = store.known.pending.records
    if (record === undefined) throw new Error('nothing waits')
    expect(buildRequest(store.known, [], options).body).toContain(eventText(record.events, 0))
    const { meta, deadLetters } = store.known
    const pending = new PendingQueue([{ ...record, events: { ...record.events, body: '{not JSON' } }])
    expect(buildRequest({ meta, deadLetters, pending }, [], options).body).toContain('{not JSON')
  })

  it('says what a strict commit expects of each stream just before it', async () => {
    const at = (stream: string) => Noted({ text: stream }, { stream })
    const store = await outbox(
      [at('a'), { expectedVersion: 'noStream' }],
      [[at('a'), at('b')], { expectedVersion: { a: 1, b: 'any' } }],
      [[at('a'), at('b')], { expectedVersion: { a: 2, b: 'streamExists' } }],
      [at('a')],
      [at('__proto__'), { expectedVersion: 0 }],
    )
    const expected = request(store).body.commits.map((commit) => commit.expected)
    expect(expected.slice(0, 4)).toEqual([{ a: 0 }, { a: 1 }, { a: 2, b: 'streamExists' }, undefined])
    expect(buildRequest(store.known, [], options).body).toContain('"expected":{"__proto__":0}')
  })

  it.each<[string, PendingVerdict | undefined, boolean]>([
    ['has no verdict', undefined, true],
    ['is held', { status: 'held', behind: uuid(9) }, true],
    ['was accepted', { status: 'accepted', position: 1 }, false],
    ['is a duplicate', { status: 'duplicate', position: 1 }, false],
    ['waits for a newer server', { status: 'deferred', code: 'server-too-old', serverDomain: 'old' }, true],
    ['waits for the same server', { status: 'deferred', code: 'server-too-old', serverDomain: 'notes 1' }, false],
  ])('whether a commit goes out that %s', async (_, verdict, goes) => {
    const store = await outbox([noted('a'), { id: uuid(1) }], [noted('b'), { id: uuid(2) }])
    await change(store, 0, { verdict })
    await store.transition((tx, cache) => tx.put('meta', { ...cache.meta, serverDomain: 'notes 1' }))
    expect(request(store).body.commits.map(({ id }) => id)).toEqual(goes ? [uuid(1), uuid(2)] : [uuid(2)])
  })

  it('names the maker of a commit where that is another device, and what the commit replaces', async () => {
    const store = await outbox([noted('a')], [noted('b')])
    await change(store, 0, { device: uuid(77), replaces: [uuid(5), uuid(6)] })
    expect(request(store).body.commits[0]).toMatchObject({ device: uuid(77), replaces: [uuid(5), uuid(6)] })
    expect(request(store).body.commits[1]).not.toHaveProperty('device')
    expect(request(store).body.commits[1]).not.toHaveProperty('replaces')
  })
})

describe('a batch', () => {
  const limits = (given: Partial<BatchLimits>): { limits: BatchLimits } => ({ limits: { ...BATCH_TARGETS, ...given } })

  it('stops before the limit of commits, events or size, whichever comes first', async () => {
    const store = await outbox(
      ...Array.from({ length: 10 }, (_, n) => [[noted(`${n}`), noted('x'.repeat(1000))]] as const).map(
        ([events]) => [events] as Parameters<typeof prepared>,
      ),
    )
    const count = (given: Partial<BatchLimits>) => {
      const { draft } = request(store, limits(given))
      expect(draft.more).toBe(draft.commitIds.length < 10)
      return draft.commitIds.length
    }
    expect([count({}), count({ commits: 3 }), count({ events: 8 }), count({ bytes: 5000 })]).toEqual([10, 3, 4, 3])
  })

  it('has at least one commit, however large that is', async () => {
    const store = await outbox([Array.from({ length: 600 }, () => noted('x'))], [noted('next')])
    const { draft } = request(store)
    expect([draft.commitIds.length, draft.more]).toEqual([1, true])
  })

  it('brings what was given up', async () => {
    const store = await outbox()
    expect(request(store, {}, [uuid(1), uuid(2)]).body.withdraw).toEqual([uuid(1), uuid(2)])
  })

  it('that probes whether the server takes any request has neither commits nor withdrawals', async () => {
    const store = await outbox([noted('a')])
    const limits = limitsOf({ commits: 0, probed: false, refused: 1 })
    const { body, draft } = request(store, { limits })
    expect([body.commits, limits.withdrawals, draft.more]).toEqual([[], 0, true])
  })
})
