import { firstValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { failureOf } from '../support/failure.ts'
import { journal, noted, notes } from '../support/notes.ts'

it('a worker keeps the log where the app wants it, and nothing of it in IndexedDB', async () => {
  const name = `own-storage-${crypto.randomUUID()}`
  const larder = await openLarder({
    name,
    domain: notes,
    worker: () => new Worker(new URL('./own-storage.worker.ts', import.meta.url), { type: 'module' }),
  })
  await larder.append([noted('a'), noted('b')])
  expect(await larder.get(journal)).toEqual(['a', 'b'])
  expect(await larder.verify()).toMatchObject({ ok: true, events: 2 })
  expect(await firstValueFrom(larder.health$)).toMatchObject({ storage: { mode: 'custom' } })
  // A checkpoint is saved by then at the latest.
  await larder.close()
  expect((await indexedDB.databases()).filter((each) => each.name?.includes(name))).toEqual([])
})

it('a storage that is none is told when the worker is made', async () => {
  const failure = await failureOf(() =>
    openLarder({
      name: 'wrong-storage',
      domain: notes,
      worker: () => new Worker(new URL('./wrong-storage.worker.ts', import.meta.url), { type: 'module' }),
    }),
  )
  expect(failure).toMatchObject({ code: 'worker-unavailable' })
  expect(String(failure.cause)).toMatch(/storage is a function/)
})
