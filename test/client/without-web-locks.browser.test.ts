import { expect, it } from 'vitest'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { journal, noted, notes } from '../support/notes.ts'

it('a page without Web Locks, as over plain http, opens a worker, and does not take it for dead', async () => {
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
  const larder = await openLarder({
    name: `without-web-locks-${crypto.randomUUID()}`,
    domain: notes,
    worker: () => new Worker(new URL('./without-web-locks.worker.ts', import.meta.url), { type: 'module' }),
  })
  await larder.append(noted('a'))
  expect(await larder.get(journal)).toEqual(['a'])
  await larder.close()
})
