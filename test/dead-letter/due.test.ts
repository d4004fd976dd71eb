import { expect, it } from 'vitest'
import { retryDueDeadLetters, waitForDeadLetters } from '../../src/dead-letter/dead-letter-actions.ts'
import type { PreparedCommit } from '../../src/event/prepare-commit.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { checksumOfEvents } from '../../src/store/check-segment.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { CommitLetterRecord } from '../../src/store/records.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { NOON } from '../support/virtual-clock.ts'

const HOUR = 3_600_000

/** A dead letter since noon that is due at one o'clock. */
async function withLetter(disk = new MemoryDisk()): Promise<EventStore> {
  const store = await openStore({ disk, authority: 'server' })
  await store.append(prepared(noted('a'), { id: uuid(1) }))
  await settle(store, { reject: [uuid(1)] })
  await makeDue(store, NOON + HOUR)
  return store
}

/** The same of a commit that is not in the outbox. */
function letterOf({ id, events, expected }: PreparedCommit, order: number): CommitLetterRecord {
  return {
    ...{ id, kind: 'commit', code: 'busy', message: '', retryable: true, attempts: 1 },
    since: NOON,
    nextAttemptAt: NOON + HOUR,
    commit: {
      ...{ id, device: uuid(99), seq: order, order, count: 1, madeAt: NOON, events, expected, basis: {} },
      ...{ replaces: [], verdict: undefined, attempts: 1, checksum: checksumOfEvents(events) },
    },
  }
}

async function makeDue(store: EventStore, nextAttemptAt: number | undefined): Promise<void> {
  await store.transition(async (tx, cache) => {
    const letters = [...cache.deadLetters.values()].map((letter) => ({ ...letter, since: NOON, nextAttemptAt }))
    await tx.put('deadLetters', ...letters)
    await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
  })
}

const wait = (store: EventStore, now: number) => waitForDeadLetters(store.known.deadLetters.values(), now)

it('a dead letter is due when its time has come', async () => {
  const store = await withLetter()
  expect(wait(store, NOON)).toBe(HOUR)
  expect(await retryDueDeadLetters(store, NOON + HOUR - 1)).toHaveLength(0)
  expect(wait(store, NOON + 2 * HOUR)).toBe(0)
  expect(await retryDueDeadLetters(store, NOON + HOUR)).toHaveLength(1)
  expect([store.known.deadLetters.size, store.known.pending.records.length]).toEqual([0, 1])
  expect(wait(store, NOON)).toBeUndefined()
})

it('a dead letter is due at once when the clock was set back since, however far', async () => {
  const store = await withLetter()
  const lastYear = NOON - 365 * 24 * HOUR
  expect(wait(store, lastYear)).toBe(0)
  expect(await retryDueDeadLetters(store, lastYear)).toHaveLength(1)
})

it('a dead letter that another tab has tried again meanwhile waits for what that tab was told', async () => {
  const disk = new MemoryDisk()
  const store = await withLetter(disk)
  const other = await openStore({ disk, authority: 'server' })
  await makeDue(other, undefined)
  expect(wait(store, NOON + HOUR)).toBe(0)
  expect(await retryDueDeadLetters(store, NOON + HOUR)).toHaveLength(0)
  expect(store.known.deadLetters.size).toBe(1)
})

it('dead letters that came with a backup are confirmed in a local store, which has no outbox to put them back into', async () => {
  const store = await openStore()
  await store.append(prepared(noted('first')))
  await store.transition(async (tx, cache) => {
    for (const n of [1, 2]) await tx.put('deadLetters', letterOf(prepared(noted(`letter ${n}`), { id: uuid(n) }), n))
    await tx.put('meta', { ...cache.meta, nextSeq: 3, nextOrder: 3, generation: cache.meta.generation + 1 })
  })
  expect(await retryDueDeadLetters(store, NOON + HOUR)).toEqual([
    { commit: uuid(1), to: 'confirmed', position: 2 },
    { commit: uuid(2), to: 'confirmed', position: 3 },
  ])
  expect([store.known.deadLetters.size, store.known.pending.records.length, store.known.head]).toEqual([0, 0, 3])
  // Its stream counts them, so that who has read them is not refused.
  expect(await store.append(prepared(noted('strict'), { expectedVersion: 3 }))).toMatchObject({ position: 4 })
})
