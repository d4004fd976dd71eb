import { expect, it } from 'vitest'
import { retryDueDeadLetters, waitForDeadLetters } from '../../src/dead-letter/dead-letter-actions.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
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
  expect(await retryDueDeadLetters(store, NOON + HOUR - 1)).toBe(0)
  expect(wait(store, NOON + 2 * HOUR)).toBe(0)
  expect(await retryDueDeadLetters(store, NOON + HOUR)).toBe(1)
  expect([store.known.deadLetters.size, store.known.pending.records.length]).toEqual([0, 1])
  expect(wait(store, NOON)).toBeUndefined()
})

it('a dead letter is due at once when the clock was set back since, however far', async () => {
  const store = await withLetter()
  const lastYear = NOON - 365 * 24 * HOUR
  expect(wait(store, lastYear)).toBe(0)
  expect(await retryDueDeadLetters(store, lastYear)).toBe(1)
})

it('a dead letter that another tab has tried again meanwhile waits for what that tab was told', async () => {
  const disk = new MemoryDisk()
  const store = await withLetter(disk)
  const other = await openStore({ disk, authority: 'server' })
  await makeDue(other, undefined)
  expect(wait(store, NOON + HOUR)).toBe(0)
  expect(await retryDueDeadLetters(store, NOON + HOUR)).toBe(0)
  expect(store.known.deadLetters.size).toBe(1)
})
