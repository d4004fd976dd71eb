import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

type Authority = 'local' | 'server'

/** A store with two commits, of which this tab has not yet seen the second. */
async function opened(authority: Authority) {
  const disk = new MemoryDisk()
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const store = await openStore({ disk, backend, authority })
  await store.append(prepared(noted('first')))
  const other = await openStore({ disk, authority })
  await other.append(prepared(noted('second')))
  return { disk, backend, store }
}

async function contentOf(disk: MemoryDisk, authority: Authority): Promise<string[]> {
  const { confirmed, pending } = await readDisk(disk, authority)
  return [...confirmed, ...pending].map(({ id }) => id)
}

/** Fails every operation of `work` in turn, until one run of it needs fewer operations than that. */
async function sweep(authority: Authority, work: (store: EventStore) => Promise<unknown>): Promise<string[]> {
  const failed: string[] = []
  for (let nth = 1; ; nth++) {
    const { disk, backend, store } = await opened(authority)
    const before = await contentOf(disk, authority)
    const commit = prepared([noted('x'), noted('y')])
    backend.failNext(nth)
    const answer = await work(store).then(
      () => 'done',
      (error: unknown) => (isLarderError(error) ? error.code : 'not ours'),
    )
    if (backend.failed === undefined) return failed
    failed.push(`${backend.failed}: ${answer}`)
    const after = await contentOf(disk, authority)
    const isOld = JSON.stringify(after) === JSON.stringify(before)
    // Old or new, never a part; and what was not stored was not said to be.
    if (isOld) expect(answer).toBe('storage-failed')
    else expect([answer, after.length]).toEqual(['done', before.length + 1])
    // The next operation works, and sees what is there.
    await store.append(commit)
    expect(await contentOf(disk, authority)).toEqual([...after, commit.id])
    await store.append(prepared(noted('strict'), { expectedVersion: await versionOf(store) }))
  }
}

/** Version of the stream of all notes, found out by being wrong. */
async function versionOf(store: EventStore): Promise<number> {
  const error = await failureOf(() => store.append(prepared(noted('?'), { expectedVersion: 9999 })))
  return (error.details as { actual: number }).actual
}

describe('C06: whatever storage operation fails', () => {
  it.each(['local', 'server'] as const)(
    'an append rejects or is stored whole, and the next works (%s)',
    async (authority) => {
      const failed = await sweep(authority, (store) => store.append(prepared([noted('a'), noted('b')])))
      expect(failed.length).toBeGreaterThan(4)
      expect(failed.filter((each) => each.startsWith('complete') || each.startsWith('commit'))).toHaveLength(2)
    },
  )

  it('a strict append does not decide on what it could not read', async () => {
    await sweep('local', (store) => store.append(prepared(noted('a'), { expectedVersion: 2 })))
  })

  it.each(['local', 'server'] as const)('opening rejects, and can be tried again (%s)', async (authority) => {
    for (let nth = 1; ; nth++) {
      const disk = new MemoryDisk()
      const backend = new FaultyBackend(openMemoryStorage(disk))
      backend.failNext(nth)
      const opening = openStore({ backend, authority })
      if (
        backend.failed === undefined &&
        (await opening.then(
          () => true,
          () => false,
        ))
      )
        break
      expect((await failureOf(() => opening)).code).toBe('storage-failed')
      const store = await openStore({ backend, authority })
      await store.append(prepared(noted('a')))
    }
  })

  it('reading rejects, and does not answer less than there is', async () => {
    const { backend, store } = await opened('local')
    backend.failNext(1)
    expect((await failureOf(() => store.readConfirmed(0, 10))).code).toBe('storage-failed')
    backend.failNext(1)
    expect((await failureOf(() => store.refresh())).code).toBe('storage-failed')
    expect(await store.readConfirmed(0, 10)).toHaveLength(2)
  })

  it('a transition is done or not, and what was done is not said to have failed', async () => {
    for (let nth = 1; ; nth++) {
      const { disk, backend, store } = await opened('server')
      backend.failNext(nth)
      const answer = await store
        .transition(async (tx, cache) => {
          await tx.put('meta', { ...cache.meta, term: 7 })
          return 'done'
        })
        .catch((error: unknown) => (isLarderError(error) ? error.code : 'not ours'))
      if (backend.failed === undefined) break
      const { meta } = (await openStore({ disk, authority: 'server' })).known
      const wordWasLost = backend.failed === 'complete' && answer === 'storage-failed'
      if (!wordWasLost) expect([meta.term, answer]).toEqual(meta.term === 7 ? [7, 'done'] : [0, 'storage-failed'])
      await store.refresh()
      expect(store.known.meta.term).toBe(meta.term)
    }
  })
})

describe('a listener that throws', () => {
  it('neither fails an append that is stored, nor makes it stored twice, nor silences the others', async () => {
    const errors: string[] = []
    const disk = new MemoryDisk()
    const logger = { error: (message: string) => void errors.push(message), info: () => {}, debug: () => {} }
    const store = await openStore({ disk, logger })
    const heard: number[] = []
    store.subscribe(() => {
      throw new Error('secret')
    })
    store.subscribe(({ change }) => heard.push(change.confirmed?.length ?? -1))
    const commits = ['a', 'b'].map((text) => prepared(noted(text)))
    const stored = await Promise.all(commits.map((commit) => store.append(commit)))
    expect(stored.map(({ position }) => position)).toEqual([1, 2])
    expect((await readDisk(disk)).confirmed).toHaveLength(2)
    expect(heard).toHaveLength(1)
    expect(errors).toHaveLength(1)
    expect(errors.join()).not.toContain('secret')
  })
})
