import { beforeEach, describe, expect, it } from 'vitest'
import { settleDependents } from '../../src/dead-letter/settle-dependents.ts'
import type { KeptCommand } from '../../src/event/kept-command.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { PendingRecord } from '../../src/store/records.ts'
import { applyResponse } from '../../src/sync/apply-response.ts'
import { brokenBases } from '../../src/sync/broken-bases.ts'
import { BATCH_TARGETS, buildRequest } from '../../src/sync/build-request.ts'
import { conflictIn } from '../../src/sync/conflict.ts'
import type { ExchangeResponse, WirePulledCommit, WireVerdict } from '../../src/sync/wire.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { emptyResponse, pulled } from '../support/sync-server.ts'
import { NOON } from '../support/virtual-clock.ts'

const context = { now: NOON, random: () => 0.5, maxAttempts: 3 }
const command: KeptCommand = { aggregate: 'notebook', id: 'a', command: 'note' }
let store: EventStore

beforeEach(async () => {
  store = await openStore({ authority: 'server' })
})

interface Made {
  readonly expectedVersion?: number | 'streamExists'
  readonly command?: KeptCommand
  readonly stream?: string
  readonly text?: string
}

/** Commit n, one event in the stream `notes`. */
async function append(n: number, { command: kept, stream, text = `own ${n}`, ...expected }: Made = {}): Promise<void> {
  const event = stream === undefined ? noted(text) : Noted({ text }, { stream })
  const commit = prepared(event, { id: uuid(n), ...expected })
  await store.append(kept === undefined ? commit : { ...commit, command: kept })
}

const drafted = () => buildRequest(store.known, [], { domain: 'notes 1', echo: true, limits: BATCH_TARGETS })
const apply = (change: Partial<ExchangeResponse>, head = change.cursor?.position ?? 0) =>
  applyResponse(store, drafted(), emptyResponse({ head, ...change }), context)
const cursor = (position: number) => ({ epoch: 'epoch-1', position, mark: `mark ${position}` })
const conflict = (n: number): WireVerdict & { status: 'rejected' } => ({
  id: uuid(n),
  status: 'rejected',
  ...conflictIn('notes'),
  retryable: false,
})
const accepted = (n: number, position: number): WireVerdict => ({ id: uuid(n), status: 'accepted', position })
const own = (n: number, position: number): WirePulledCommit => ({
  ...pulled(n, position),
  id: uuid(n),
  device: store.known.meta.device,
})
const outbox = () => store.known.pending.records.map(({ id, decideFrom }) => [id, decideFrom])
const recordOf = (n: number): PendingRecord =>
  store.known.pending.find(uuid(n)) ?? expect.unreachable(`${n} is not in the outbox`)
const letters = () => [...store.known.deadLetters.values()].map(({ id, code }) => [id, code])

describe('when something else comes into the stream of a commit with an expectation', () => {
  it('its command is to be decided again, and it is not sent as it is', async () => {
    await append(1, { expectedVersion: 0, command })
    const before = store.known.meta.generation
    await apply({ commits: [pulled(7, 1)], cursor: cursor(1) })
    expect(outbox()).toEqual([[uuid(1), 1]])
    expect(drafted().commitIds).toEqual([])
    expect(store.known.meta.generation).toBe(before + 1)
    // It counts as it is until then.
    expect(store.known.pending.counted).toHaveLength(1)
  })

  it('nobody decides before all is here that the server has', async () => {
    await append(1, { expectedVersion: 0, command })
    await apply({ commits: [pulled(7, 1)], cursor: cursor(1), more: true }, 9)
    expect(outbox()).toEqual([[uuid(1), 9]])
    await apply({ commits: [pulled(8, 2)], cursor: cursor(2), more: true }, 12)
    expect(outbox()).toEqual([[uuid(1), 9]])
  })

  it('it becomes a dead letter where no command is kept with it, and what stands on it is held', async () => {
    await append(1, { expectedVersion: 0 })
    await append(2, { expectedVersion: 1 })
    await apply({ commits: [pulled(7, 1)], cursor: cursor(1) })
    expect(letters()).toEqual([[uuid(1), 'conflict']])
    expect(outbox()).toEqual([[uuid(2), undefined]])
    expect([store.known.pending.isHeld(uuid(2)), store.known.pending.countInStream('notes')]).toEqual([true, 0])
  })

  it.each([
    ['expects only that the stream is there', { expectedVersion: 'streamExists' } as const],
    ['expects nothing', {}],
  ])('it goes on where it %s', async (_, made) => {
    await append(1)
    await append(2, made)
    await apply({ commits: [pulled(7, 1), own(1, 2)], cursor: cursor(2) })
    expect([outbox(), letters()]).toEqual([[[uuid(2), undefined]], []])
    expect(drafted().commitIds).toEqual([uuid(2)])
  })

  it('it goes on where its own stream is another', async () => {
    await append(1, { expectedVersion: 0, stream: 'elsewhere', command })
    await apply({ commits: [pulled(7, 1)], cursor: cursor(1) })
    expect([outbox(), letters()]).toEqual([[[uuid(1), undefined]], []])
  })

  it('it stays as it is where the server has taken it', async () => {
    await append(1, { expectedVersion: 0, command })
    await apply({ verdicts: [accepted(1, 1)], cursor: cursor(0) }, 2)
    const before = store.known.pending.records
    await apply({ commits: [], cursor: cursor(0) }, 2)
    expect(store.known.pending.records).toEqual(before)
    await apply({ commits: [own(1, 1), pulled(7, 2)], cursor: cursor(2) })
    expect([outbox(), letters(), store.known.head]).toEqual([[], [], 2])
  })
})

describe('what it stands on is not something else', () => {
  it('one by one, in the order in which it was made, with links and without', async () => {
    for (let n = 1; n <= 6; n++) await append(n, { ...(n === 3 ? {} : { expectedVersion: n - 1 }), command })
    for (let n = 1; n <= 6; n++) {
      await apply({ commits: [own(n, n)], cursor: cursor(n) })
      expect(outbox().every(([, from]) => from === undefined)).toBe(true)
      expect(store.known.pending.records).toHaveLength(6 - n)
    }
  })

  it('but an own commit is that does not stand in front of it', async () => {
    await append(1, { text: 'tried again' })
    await apply({ verdicts: [{ ...conflict(1), status: 'rejected', code: 'moody', message: '' }] })
    await append(2, { expectedVersion: 0, command })
    const letter = store.known.deadLetters.get(uuid(1))
    await store.transition(async (tx, cache) => {
      await tx.delete('deadLetters', uuid(1))
      await tx.put('pending', letter?.commit ?? recordOf(1))
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    await apply({ commits: [own(1, 1)], cursor: cursor(1) })
    expect(outbox()).toEqual([[uuid(2), 1]])
  })
})

describe('a conflict that the server tells of', () => {
  it('has the command decided again, once the pull is here that explains it', async () => {
    await append(1, { expectedVersion: 0, command })
    await apply({ verdicts: [conflict(1)], cursor: cursor(0) }, 7)
    expect([outbox(), letters()]).toEqual([[[uuid(1), 7]], []])
  })

  it('is the end where no command is kept', async () => {
    await append(1, { expectedVersion: 0 })
    await apply({ verdicts: [conflict(1)], cursor: cursor(0) }, 7)
    expect([outbox(), letters()]).toEqual([[], [[uuid(1), 'conflict']]])
  })
})

describe('what becomes of one that commands stand on', () => {
  it('has them decided again, also those that name it by a link', async () => {
    await append(1)
    await append(2, { expectedVersion: 1 })
    await append(3, { expectedVersion: 2, command })
    await append(4, { stream: 'elsewhere', command, expectedVersion: 0 })
    const first = recordOf(1)
    await store.transition(async (tx, cache) => {
      const successor = { ...first, id: uuid(9), seq: 99 }
      await tx.put('pending', successor)
      await settleDependents(tx, cache, [{ record: first, successor }], 0)
      await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
    })
    expect(outbox()).toEqual([
      [uuid(9), undefined],
      [uuid(2), undefined],
      [uuid(3), 0],
      [uuid(4), undefined],
    ])
  })
})

describe('a thousand pulled over a thousand that wait', () => {
  it('looks at each that waits once, and at few names of what it stands on', async () => {
    for (let n = 1; n <= 1000; n++) await append(n, { expectedVersion: n - 1, command })
    let looks = 0
    const counted = store.known.pending.records.map((record) => ({
      ...record,
      get basis() {
        looks++
        return record.basis
      },
    }))
    const said = {
      versions: new Map([['notes', 1000]]),
      isConfirmed: () => false,
      isAccepted: () => false,
      isRefused: () => false,
    }
    expect(brokenBases({ pending: { records: counted }, deadLetters: new Map() }, said)).toHaveLength(1000)
    expect(looks).toBeLessThan(10 * 1000)
    const names = store.known.pending.records.flatMap(({ basis }) => basis['notes']?.behind ?? [])
    expect(names).toHaveLength(999)
  })

  it('costs no more calls of the storage than one does, where nothing was ever discarded', async () => {
    const callsFor = async (count: number): Promise<number> => {
      const backend = new FaultyBackend(openMemoryStorage())
      store = await openStore({ backend, authority: 'server' })
      for (let n = 1; n <= count; n++) await append(n, { expectedVersion: n - 1, command })
      const before = backend.operations
      const commits = Array.from({ length: count }, (_, index) => pulled(index + 1, index + 1))
      await apply({ commits, cursor: cursor(count) })
      expect(store.known.pending.toDecide.size).toBe(count)
      return backend.operations - before
    }
    expect(await callsFor(500)).toBeLessThanOrEqual(3 * (await callsFor(1)))
  })
})
