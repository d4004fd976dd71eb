import { describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { notAnswered } from '../../src/store/silence.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'

async function opened(authority: 'local' | 'server' = 'local') {
  const disk = new MemoryDisk()
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const store = await openStore({ disk, backend, authority })
  backend.writes.length = 0
  const texts = async () => {
    const { confirmed, pending } = await readDisk(disk, authority)
    return [...confirmed.flatMap(({ events }) => events.map(({ text }) => text)), ...pending.map(({ id }) => id)]
  }
  return { disk, backend, store, texts }
}

/** From the fault on the storage is away, until what this answers is called. */
function goesWithTheFault(backend: FaultyBackend): () => void {
  const transact = backend.transact.bind(backend)
  backend.transact = (mode, tables, work) => {
    if (backend.failed !== undefined) backend.outage = new LarderError('storage-unavailable', 'Away', {})
    return transact(mode, tables, work)
  }
  return () => {
    backend.failed = undefined
    backend.outage = undefined
  }
}

describe('appends that are not awaited', () => {
  it('share transactions', async () => {
    const { backend, store, texts } = await opened()
    const receipts = await Promise.all(
      Array.from({ length: 500 }, (_, index) => store.append(prepared(noted(String(index))))),
    )
    expect(backend.writes.length).toBeLessThanOrEqual(2)
    expect(receipts.map(({ position }) => position)).toEqual(receipts.map((_, index) => index + 1))
    expect(await texts()).toEqual(receipts.map((_, index) => String(index)))
  })

  it('share the next one while one is running', async () => {
    const { backend, store } = await opened()
    const first = store.append(prepared(noted('0')))
    await Promise.resolve()
    const rest = Array.from({ length: 20 }, (_, index) => store.append(prepared(noted(String(index + 1)))))
    await Promise.all([first, ...rest])
    expect(backend.writes).toHaveLength(2)
  })

  it('are answered each by itself: one in conflict does not fail the others', async () => {
    const { backend, store, texts } = await opened()
    const answers = await Promise.allSettled([
      store.append(prepared(noted('a'), { expectedVersion: 'noStream' })),
      store.append(prepared(noted('b'), { expectedVersion: 'noStream' })),
      store.append(prepared(noted('c'), { expectedVersion: 1 })),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(answers[1]).toMatchObject({
      reason: { code: 'concurrency', details: { stream: 'notes', expected: 'noStream', actual: 1 } },
    })
    expect(await texts()).toEqual(['a', 'c'])
    expect(backend.writes).toHaveLength(1)
  })

  it('are all refused at once when the storage does not answer, and it is asked again by the next', async () => {
    const { disk } = await opened()
    const memory = openMemoryStorage(disk)
    let silent = false
    let asked = 0
    const backend: StorageBackend = {
      mode: 'custom',
      close: () => memory.close(),
      transact: (mode, tables, work) => {
        asked++
        return silent ? Promise.reject(notAnswered(20_000)) : memory.transact(mode, tables, work)
      },
    }
    const store = await openStore({ disk, backend, authority: 'local' })
    silent = true
    asked = 0
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => store.append(prepared(noted(String(index))))),
    )
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
    expect(answers.at(-1)).toMatchObject({ reason: { code: 'storage-timeout' } })
    // Each try to open takes as long as a page waits for its answer.
    expect(asked).toBe(1)
    silent = false
    expect(await store.append(prepared(noted('later')))).toMatchObject({ position: 1 })
  })

  it('are tried one by one when the group cannot be stored, and only the one at fault is refused', async () => {
    const { backend, store, texts } = await opened()
    const commits = ['a', 'b', 'c'].map((text) => prepared(noted(text)))
    let writes = 0
    // The group, and then its second member.
    backend.refuses = () => [1, 3].includes(++writes)
    const answers = await Promise.allSettled(commits.map((commit) => store.append(commit)))
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(answers[1]).toMatchObject({ reason: { code: 'storage-failed' } })
    expect(await texts()).toEqual(['a', 'c'])
  })

  it.each(['local', 'server'] as const)(
    'are not stored twice when only the word that the group is complete was lost (%s)',
    async (authority) => {
      const { backend, store, disk } = await opened(authority)
      const commits = ['a', 'b', 'c'].map((text) => prepared(noted(text)))
      let operations = 0
      const [sample] = await Promise.all([measure(authority)])
      operations = sample
      backend.failNext(operations)
      await Promise.allSettled(commits.map((commit) => store.append(commit)))
      expect(backend.failed).toBe('complete')
      const { confirmed, pending } = await readDisk(disk, authority)
      expect([...confirmed, ...pending].map(({ id }) => id)).toEqual(commits.map(({ id }) => id))
    },
  )

  it('are told that nobody knows, and under which id to append again, when the storage went while they were committed', async () => {
    const { backend, store, texts } = await opened()
    const commits = ['a', 'b', 'c'].map((text) => prepared(noted(text)))
    backend.failNext(await measure('local'), 'abort')
    const comeBack = goesWithTheFault(backend)
    const answers = await Promise.allSettled(commits.map((commit) => store.append(commit)))
    comeBack()
    expect(await texts()).toEqual(['a', 'b', 'c'])
    expect(answers).toEqual(
      commits.map(({ id }) => ({
        status: 'rejected',
        reason: expect.objectContaining({
          code: 'storage-unavailable',
          details: { outcome: 'unknown', commitId: id },
        }),
      })),
    )
    const again = await Promise.all(commits.map((commit) => store.append(commit, { lookUp: true })))
    expect(again.map(({ position }) => position)).toEqual([1, 2, 3])
    expect(await texts()).toEqual(['a', 'b', 'c'])
  })

  it('are told that nothing was stored when the storage went before', async () => {
    const { backend, store, texts } = await opened()
    backend.failNext(1, 'abort')
    const comeBack = goesWithTheFault(backend)
    const failure = await failureOf(() => store.append(prepared(noted('a'))))
    expect([failure.code, failure.details]).toEqual(['storage-unavailable', undefined])
    comeBack()
    expect(await texts()).toEqual([])
  })

  it('say so of the one alone that was being committed, where it was tried by itself', async () => {
    const { backend, store, texts } = await opened()
    const commits = ['a', 'b'].map((text) => prepared(noted(text)))
    const transact = backend.transact.bind(backend)
    let asked = 0
    // The group is refused; the first member is stored, and the word of it lost with the storage.
    backend.transact = async (mode, tables, work) => {
      asked++
      if (asked === 1) throw new LarderError('storage-failed', 'Refused', {})
      await transact(mode, tables, work)
      throw new LarderError('storage-unavailable', 'Lost', { details: { outcome: 'unknown' } })
    }
    const answers = await Promise.allSettled(commits.map((commit) => store.append(commit)))
    expect([asked, await texts()]).toEqual([2, ['a']])
    expect(answers).toMatchObject([
      { reason: { code: 'storage-unavailable', details: { outcome: 'unknown', commitId: commits[0]?.id } } },
      { reason: { code: 'storage-failed', details: undefined } },
    ])
  })

  /** Operations of the transaction that stores the group. */
  async function measure(authority: 'local' | 'server'): Promise<number> {
    const { backend, store } = await opened(authority)
    backend.operations = 0
    await Promise.all(['a', 'b', 'c'].map((text) => store.append(prepared(noted(text)))))
    return backend.operations
  }
})

describe('an append of a tab that hears of very many others', () => {
  it('waits for one look at what they wrote, not for one each', async () => {
    const { disk, backend, store } = await opened()
    const other = await openStore({ disk })
    const ended: string[] = []
    const moved = (n: number) => Array.from({ length: n }, () => store.refresh().then(() => ended.push('looked')))
    backend.transactions = 0
    const before = moved(200)
    await other.append(prepared(noted('other')))
    const append = store.append(prepared(noted('own'), { expectedVersion: 1 })).then(() => ended.push('stored'))
    const after = moved(200)
    await Promise.all([...before, append, ...after])
    expect(ended.indexOf('stored')).toBeLessThanOrEqual(200)
    expect(backend.transactions).toBeLessThanOrEqual(4)
    expect(store.known.head).toBe(2)
  })

  it('and a look that was asked for later sees what was written before it', async () => {
    const { disk, store } = await opened()
    const other = await openStore({ disk })
    for (let n = 1; n <= 20; n++) {
      const early = store.refresh()
      await other.append(prepared(noted('other')))
      await store.refresh()
      expect(store.known.head).toBe(n)
      await early
    }
  })
})

describe('the same commit id', () => {
  it.each(['local', 'server'] as const)('is stored once, however often it is appended (%s)', async (authority) => {
    const { store, texts, disk } = await opened(authority)
    const commit = () => prepared([noted('a'), noted('b')], { id: uuid(1) })
    const kept = commit()
    const first = await store.append(kept, { lookUp: true })
    const again = await store.append(commit(), { lookUp: true })
    const other = await (await openStore({ disk, authority })).append(commit(), { lookUp: true })
    const { eventIds } = kept
    expect(again).toEqual({ ...first, eventIds })
    expect(other).toEqual({ ...first, eventIds })
    expect(await texts()).toHaveLength(authority === 'local' ? 2 : 1)
  })

  it('is stored once within one group', async () => {
    const { store, texts } = await opened()
    const commit = () => prepared(noted('a'), { id: uuid(1) })
    const kept = commit()
    const [first, second] = await Promise.all([
      store.append(kept, { lookUp: true }),
      store.append(commit(), { lookUp: true }),
    ])
    expect(second).toEqual({ ...first, eventIds: kept.eventIds })
    expect(await texts()).toEqual(['a'])
  })

  it('with an expectation that has been overtaken still answers what was stored', async () => {
    const { store } = await opened()
    const commit = () => prepared(noted('a'), { id: uuid(1), expectedVersion: 0 })
    const kept = commit()
    const first = await store.append(kept, { lookUp: true })
    await store.append(prepared(noted('b')))
    expect(await store.append(commit(), { lookUp: true })).toEqual({ ...first, eventIds: kept.eventIds })
  })

  it('for something else is refused, within one group too', async () => {
    const { store, texts } = await opened()
    const append = (text: string) => store.append(prepared(noted(text), { id: uuid(1) }), { lookUp: true })
    const [, second] = await Promise.allSettled([append('a'), append('b')])
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'id-reused', details: { id: uuid(1) } } })
    expect(await failureOf(() => append('c'))).toMatchObject({ code: 'id-reused' })
    expect(await texts()).toEqual(['a'])
  })

  it('is found wherever it lies, in the middle of a segment too', async () => {
    const { store } = await opened()
    const commits = [1, 2, 3].map((n) => prepared([noted(`${n}a`), noted(`${n}b`)], { id: uuid(n) }))
    await Promise.all(commits.map((commit) => store.append(commit)))
    const found = await store.find(uuid(2))
    expect(found).toMatchObject({ where: 'confirmed', position: 3, events: commits[1]?.events })
    expect(await store.find(uuid(9))).toBeUndefined()
  })
})

describe('closing', () => {
  it('lets appends that were accepted finish, then refuses', async () => {
    const { store, texts } = await opened()
    const appends = Array.from({ length: 5 }, (_, index) => store.append(prepared(noted(String(index)))))
    await store.close()
    expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(appends.map(() => 'fulfilled'))
    expect(await texts()).toHaveLength(5)
    expect((await failureOf(() => store.append(prepared(noted('late'))))).code).toBe('closed')
    expect((await failureOf(() => store.read(async () => 1))).code).toBe('closed')
    expect((await failureOf(() => store.transition(async () => 1))).code).toBe('closed')
    expect(await texts()).toHaveLength(5)
  })

  it('twice waits for the same end', async () => {
    const { store } = await opened()
    let stored = false
    const append = store.append(prepared(noted('a'))).then(() => {
      stored = true
    })
    void store.close()
    await store.close()
    expect(stored).toBe(true)
    await append
  })
})
