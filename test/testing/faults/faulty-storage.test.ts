import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../../src/errors.ts'
import { memory } from '../../../src/storage/memory/memory-backend.ts'
import { everyStorageFault } from '../../../src/testing/faults/every-storage-fault.ts'
import { faultyStorage } from '../../../src/testing/faults/faulty-storage.ts'
import { createTestLarder } from '../../../src/testing/test-larder.ts'
import { failureOf } from '../../support/failure.ts'
import { journal, noted, notes } from '../../support/notes.ts'

const open = async (plan?: Parameters<typeof faultyStorage>[1]) => faultyStorage(await memory()('x'), plan)
const write = (storage: Awaited<ReturnType<typeof open>>) =>
  storage.transact('write', ['discarded'], async (tx) => {
    await tx.put('discarded', { id: 'a' } as never)
    return tx.lastKey('discarded')
  })
const stored = (storage: Awaited<ReturnType<typeof open>>) =>
  storage.transact('read', ['discarded'], (tx) => tx.lastKey('discarded'))

describe('a faulty storage', () => {
  it('counts, and works, without a plan', async () => {
    const storage = await open()
    expect(await write(storage)).toBe('a')
    expect([storage.operations, storage.failed, storage.writes]).toEqual([5, undefined, [['discarded']]])
  })

  it.each([
    [1, 'begin', undefined],
    [2, 'put', undefined],
    [3, 'lastKey', undefined],
    [4, 'commit', undefined],
    [5, 'complete', 'a'],
  ] as const)('fails once, at operation %i, %s', async (at, failed, left) => {
    const storage = await open({ at })
    expect((await failureOf(() => write(storage))).code).toBe('storage-failed')
    expect([storage.failed, await stored(storage)]).toEqual([failed, left])
    expect(await write(storage)).toBe('a')
  })

  it('rolls back at the end what aborts, though each call worked', async () => {
    const storage = await open({ at: 2, fault: 'abort' })
    let put = false
    const work = () =>
      storage.transact('write', ['discarded'], async (tx) => {
        await tx.put('discarded', { id: 'a' } as never)
        put = true
      })
    expect((await failureOf(work)).code).toBe('storage-unavailable')
    expect([put, await stored(storage)]).toEqual([true, undefined])
  })

  it('hangs until it is released', async () => {
    const storage = await open({ at: 4, fault: 'hang' })
    let isDone = false
    const writing = write(storage).then(() => {
      isDone = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([isDone, storage.failed]).toEqual([false, 'commit'])
    storage.release()
    await writing
    expect(await stored(storage)).toBe('a')
  })
})

describe('every storage fault', () => {
  it('strikes each operation of a run in turn, and finds none that leaves half an append', async () => {
    const struck = await everyStorageFault(async ({ wrap }) => {
      const place = memory()
      const opening = createTestLarder(notes, { storage: async (name) => wrap(await place(name)) })
      const test = await opening.catch(() => undefined)
      const receipt = await test?.larder.append([noted('a'), noted('b')]).catch((error: unknown) => error)
      await test?.close()
      const again = await createTestLarder(notes, { storage: place })
      const lines = await again.larder.get(journal)
      if (receipt !== undefined && !isLarderError(receipt)) expect(lines).toEqual(['a', 'b'])
      else expect([[], ['a', 'b']]).toContainEqual(lines)
      await again.close()
    })
    expect(struck.length).toBeGreaterThan(10)
    expect(struck).toEqual(expect.arrayContaining(['fail at put', 'fail at complete', 'abort at commit']))
  })

  it('passes on what a run throws, and wants one storage in each', async () => {
    await expect(everyStorageFault(async ({ at }) => Promise.reject(new Error(`at ${at}`)))).rejects.toThrow('at 1')
    const twice = everyStorageFault(async ({ wrap }) => {
      wrap(await memory()('a'))
      wrap(await memory()('b'))
    })
    await expect(twice).rejects.toThrow('one storage')
  })
})
