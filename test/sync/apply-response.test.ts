import { beforeEach, describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { applyResponse } from '../../src/sync/apply-response.ts'
import { BATCH_TARGETS, buildRequest, type ExchangeDraft } from '../../src/sync/build-request.ts'
import type { ExchangeResponse, WirePulledCommit, WireVerdict } from '../../src/sync/wire.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted } from '../support/notes.ts'
import { dumpDisk, openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { emptyResponse, pulled } from '../support/sync-server.ts'
import { NOON } from '../support/virtual-clock.ts'

const context = { now: NOON, random: () => 0.5, maxAttempts: 3 }
let disk: MemoryDisk
let backend: FaultyBackend
let store: EventStore

beforeEach(async () => {
  disk = new MemoryDisk()
  backend = new FaultyBackend(openMemoryStorage(disk))
  store = await openStore({ disk, backend, authority: 'server' })
  // Commits 1 and 2 wait, the second with two events.
  await store.append(prepared(noted('one'), { id: uuid(1) }))
  await store.append(prepared([noted('two'), noted('too')], { id: uuid(2) }))
})

const drafted = (): ExchangeDraft =>
  buildRequest(store.known, [], { domain: 'notes 1', echo: true, limits: BATCH_TARGETS })
const cursor = (position: number, epoch = 'epoch-1') => ({ epoch, position, mark: `mark ${position}` })
const echo = (n: number, position: number): WirePulledCommit => ({
  id: uuid(n),
  device: store.known.meta.device,
  seq: n,
  position,
  receivedAt: '2026-11-23T12:00:01.000Z',
  echo: true,
})
const apply = (change: Partial<ExchangeResponse>, draft = drafted()) =>
  applyResponse(store, draft, emptyResponse(change), context)
const layout = async () => {
  const { confirmed, pending } = await readDisk(disk, 'server')
  return {
    confirmed: confirmed.flatMap(({ events }) => events.map(({ position, text }) => `${position} ${text}`)),
    pending: pending.map(({ id, verdict }) => [id, verdict?.status]),
    deadLetters: [...store.known.deadLetters.values()].map(({ id, code }) => [id, code]),
  }
}

describe('a response', () => {
  it('confirms own commits without their bodies among those of strangers, in the order of the server', async () => {
    const commits = [pulled(7, 1, 2), echo(2, 3), pulled(8, 5), echo(1, 6)]
    const verdicts: WireVerdict[] = [
      { id: uuid(1), status: 'accepted', position: 6 },
      { id: uuid(2), status: 'accepted', position: 3 },
    ]
    const result = await apply({ commits, verdicts, cursor: cursor(6), head: 6 })
    expect(await layout()).toEqual({
      confirmed: ['1 foreign 7.0', '2 foreign 7.1', '3 two', '4 too', '5 foreign 8.0', '6 one'],
      pending: [],
      deadLetters: [],
    })
    expect(result).toMatchObject({ applied: true })
    expect(result.applied === true && result.changes.map(({ commit, to, position }) => [commit, to, position])).toEqual(
      [
        [pulled(7, 1).id, 'confirmed', 1],
        [uuid(2), 'confirmed', 3],
        [pulled(8, 1).id, 'confirmed', 5],
        [uuid(1), 'confirmed', 6],
      ],
    )
    expect(store.known.meta).toMatchObject({ authority: 'server:epoch-1', cursor: cursor(6), lastSuccessAt: NOON })
  })

  it('is refused whole where the cursor lies before the end of the log, as a meta record of before says it', async () => {
    await apply({
      commits: [echo(1, 1), echo(2, 2)],
      verdicts: [1, 2].map((n): WireVerdict => ({ id: uuid(n), status: 'accepted', position: n })),
      cursor: cursor(3),
      head: 3,
    })
    expect(store.known.head).toBe(3)
    const { meta } = store.known
    await backend.transact('write', ['meta'], (tx) =>
      tx.put('meta', { ...meta, cursor: cursor(1), generation: meta.generation + 1 }),
    )
    await store.refresh()
    const before = await dumpDisk(disk)
    const failure = await failureOf(() => apply({ commits: [pulled(9, 2)], cursor: cursor(2), head: 3 }))
    expect(failure).toMatchObject({ code: 'server-protocol' })
    expect(failure.message).toContain('its cursor lies before the end of the log')
    expect(await dumpDisk(disk)).toEqual(before)
    expect((await layout()).confirmed).toEqual(['1 one', '2 two', '3 too'])
  })

  it('keeps the verdict on a commit whose own page is still to come; only that page confirms it', async () => {
    await apply({ verdicts: [{ id: uuid(1), status: 'accepted', position: 9 }], cursor: cursor(0), head: 9 })
    expect(await layout()).toMatchObject({
      confirmed: [],
      pending: [
        [uuid(1), 'accepted'],
        [uuid(2), undefined],
      ],
    })
    expect(drafted().commitIds).toEqual([uuid(2)])
    const foreign = pulled(7, 1, 8)
    const own = { ...pulled(1, 9), id: uuid(1), device: store.known.meta.device }
    await apply({ commits: [foreign, own], cursor: cursor(9), head: 9 })
    expect((await layout()).pending).toEqual([[uuid(2), undefined]])
    expect((await layout()).confirmed).toHaveLength(9)
  })

  it('that comes again changes nothing', async () => {
    const draft = drafted()
    const response = { commits: [echo(1, 1), echo(2, 2)], cursor: cursor(3), head: 3 }
    expect(await apply(response, draft)).toMatchObject({ applied: true })
    const before = await dumpDisk(disk)
    expect(await apply(response, draft)).toEqual({ applied: false })
    expect(await dumpDisk(disk)).toEqual(before)
  })

  it.each([
    ['another tab leads by now', { term: 5 }],
    ['the cursor has moved', { cursor: cursor(0) }],
    ['the authority is another', { authority: 'server:other' as const }],
  ])('is discarded whole when %s', async (_, change) => {
    const draft = drafted()
    await store.transition((tx, cache) => tx.put('meta', { ...cache.meta, ...change }))
    const before = await dumpDisk(disk)
    const verdicts: WireVerdict[] = [{ id: uuid(1), status: 'rejected', code: 'x', message: 'No', retryable: false }]
    expect(await apply({ commits: [echo(2, 1)], verdicts, cursor: cursor(2) }, draft)).toEqual({ applied: false })
    expect(await dumpDisk(disk)).toEqual(before)
  })

  it('is applied whole or not at all, whatever storage operation fails', async () => {
    const response: Partial<ExchangeResponse> = {
      commits: [pulled(7, 1), echo(2, 2)],
      verdicts: [{ id: uuid(1), status: 'rejected', code: 'x', message: 'No', retryable: false }],
      cursor: cursor(3),
    }
    const draft = drafted()
    const before = await dumpDisk(disk)
    for (let nth = 1; ; nth++) {
      backend.failNext(nth)
      const outcome = await apply(response, draft).then(
        (result) => result.applied,
        () => 'failed',
      )
      const after = await layout()
      if (after.pending.length === 0) {
        expect(after.confirmed).toEqual(['1 foreign 7.0', '2 two', '3 too'])
        expect(['failed', true]).toContain(outcome)
        break
      }
      expect(outcome).toBe('failed')
      expect(await dumpDisk(disk)).toEqual(before)
    }
    await store.refresh()
    expect((await layout()).deadLetters).toEqual([[uuid(1), 'x']])
  })
})

describe('a page that breaks the protocol', () => {
  const rows: [string, () => Partial<ExchangeResponse>][] = [
    ['a gap at its beginning', () => ({ commits: [pulled(7, 2)], cursor: cursor(2) })],
    ['a gap in its middle', () => ({ commits: [pulled(7, 1), pulled(8, 3)], cursor: cursor(3) })],
    ['commits in the wrong order', () => ({ commits: [pulled(7, 2), pulled(8, 1)], cursor: cursor(2) })],
    ['commits that overlap', () => ({ commits: [pulled(7, 1, 2), pulled(8, 2)], cursor: cursor(2) })],
    ['a cursor beyond its commits', () => ({ commits: [pulled(7, 1)], cursor: cursor(2) })],
    ['a cursor before its commits', () => ({ commits: [pulled(7, 1, 2)], cursor: cursor(1) })],
    ['a cursor without commits', () => ({ cursor: cursor(1) })],
    ['an echo of another size', () => ({ commits: [echo(1, 1), pulled(7, 3)], cursor: cursor(3) })],
    ['an echo of another size at its end', () => ({ commits: [echo(2, 1)], cursor: cursor(1) })],
    ['echoes whose sizes are wrong but add up', () => ({ commits: [echo(1, 1), echo(2, 3)], cursor: cursor(3) })],
    ['an echo of what was not sent', () => ({ commits: [echo(9, 1)], cursor: cursor(1) })],
    ['a commit twice', () => ({ commits: [pulled(7, 1), pulled(7, 2)], cursor: cursor(2) })],
    ['more to come, but nothing now', () => ({ cursor: cursor(0), more: true })],
  ]

  it.each(rows)('is not applied at all: %s', async (_, response) => {
    const verdicts: WireVerdict[] = [{ id: uuid(1), status: 'rejected', code: 'x', message: 'No', retryable: false }]
    const before = await dumpDisk(disk)
    const error = await failureOf(() => apply({ ...response(), verdicts }))
    expect(error.code).toBe('server-protocol')
    expect(await dumpDisk(disk)).toEqual(before)
  })

  it('is not applied when the server’s log is another, or goes back', async () => {
    await apply({ commits: [pulled(7, 1, 3)], cursor: cursor(3) })
    const before = await dumpDisk(disk)
    for (const bad of [cursor(3, 'epoch-2'), cursor(2)])
      expect((await failureOf(() => apply({ cursor: bad }))).code).toBe('server-protocol')
    expect(await dumpDisk(disk)).toEqual(before)
  })

  it('with an echo of a commit that is gone asks for bodies', async () => {
    const draft = drafted()
    await store.transition(async (tx, cache) => {
      await tx.delete('pending', 1)
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    const before = await dumpDisk(disk)
    expect(await apply({ commits: [echo(1, 1)], cursor: cursor(1) }, draft)).toEqual({ applied: 'echo-unknown' })
    expect(await dumpDisk(disk)).toEqual(before)
  })
})

describe('a verdict', () => {
  const judged = async (verdict: WireVerdict) => {
    const generation = store.known.meta.generation
    const result = await apply({ verdicts: [verdict], cursor: cursor(0), head: 5 })
    const letter = store.known.deadLetters.get(uuid(1))
    const record = store.known.pending.find(uuid(1))
    return {
      fate: letter === undefined ? record?.verdict : 'dead letter',
      changes: result.applied === true ? result.changes.map(({ to }) => to) : [],
      letter,
      moved: store.known.meta.generation - generation,
    }
  }
  const id = uuid(1)

  it.each<[WireVerdict, unknown, string[]]>([
    [{ id, status: 'accepted', position: 5 }, { status: 'accepted', position: 5 }, ['accepted']],
    [{ id, status: 'duplicate', position: 5 }, { status: 'duplicate', position: 5 }, ['accepted']],
    [{ id, status: 'held', behind: uuid(2) }, { status: 'held', behind: uuid(2) }, ['held']],
    [
      { id, status: 'deferred', code: 'server-too-old' },
      { status: 'deferred', code: 'server-too-old', serverDomain: 'notes 1' },
      [],
    ],
    [{ id, status: 'rejected', code: 'x', message: 'No', retryable: false }, 'dead letter', ['rejected']],
    [{ id, status: 'rejected', code: 'x', message: 'No', retryable: true }, 'dead letter', ['rejected']],
  ])('%j', async (verdict, fate, changes) => {
    const result = await judged(verdict)
    expect([result.fate, result.changes, result.moved]).toEqual([fate, changes, 1])
  })

  it('that is the same as before moves nothing', async () => {
    await judged({ id, status: 'held', behind: uuid(2) })
    expect((await judged({ id, status: 'held', behind: uuid(2) })).moved).toBe(0)
  })

  it('of a refusal that may pass is tried again with backoff, up to so many times', async () => {
    for (const [attempts, wait] of [
      [1, 1000],
      [2, 2000],
      [3, undefined],
    ] as const) {
      const { letter } = await judged({ id, status: 'rejected', code: 'busy', message: 'Later', retryable: true })
      expect(letter).toMatchObject({ attempts, retryable: true, code: 'busy', message: 'Later', since: NOON })
      expect(letter?.nextAttemptAt).toBe(wait === undefined ? undefined : NOON + wait)
      await store.transition(async (tx, cache) => {
        if (letter === undefined) return
        await tx.delete('deadLetters', id)
        await tx.put('pending', letter.commit)
        await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
      })
    }
  })

  it('of a refusal that will not pass waits for a person', async () => {
    const { letter } = await judged({ id, status: 'rejected', code: 'x', message: 'No', retryable: false })
    expect(letter).toMatchObject({ nextAttemptAt: undefined, commit: { id, seq: 1, order: 1, verdict: undefined } })
  })

  it('about a commit that is not here is passed over', async () => {
    const before = await layout()
    await apply({ verdicts: [{ id: uuid(9), status: 'accepted', position: 1 }], cursor: cursor(0) })
    expect(await layout()).toEqual(before)
  })

  it.each(['accepted', 'duplicate'] as const)(
    '%s at a position that holds another commit takes nothing out of the outbox: the server broke the protocol',
    async (status) => {
      await apply({ commits: [pulled(7, 1, 2)], cursor: cursor(2), head: 2 })
      const before = await dumpDisk(disk)
      const verdicts = [{ id: uuid(1), status, position: 1 }]
      const failure = await failureOf(() => apply({ verdicts, cursor: cursor(2), head: 2 }))
      expect(failure).toMatchObject({ code: 'server-protocol' })
      expect(await dumpDisk(disk)).toEqual(before)
    },
  )

  it('duplicate for a commit that was pulled before leaves one copy of it', async () => {
    await apply({ commits: [echo(1, 1)], cursor: cursor(1) })
    await store.transition(async (tx, cache) => {
      const [segment] = await tx.read('confirmed', {})
      const last = cache.pending.records[0]
      if (segment !== undefined && last !== undefined) await tx.put('pending', { ...last, id, order: 9, seq: 9 })
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    await apply({ verdicts: [{ id, status: 'duplicate', position: 1 }], cursor: cursor(1) })
    const { confirmed, pending } = await layout()
    expect(confirmed).toEqual(['1 one'])
    expect(pending.map(([each]) => each)).toEqual([uuid(2)])
  })
})
