import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Patience } from '../../src/store/patience.ts'
import type { StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

it('lets go of what a transaction has read while that still runs', async () => {
  const clock = new VirtualClock()
  const patience = new Patience(clock, () => expect.unreachable('it takes no time'))
  const read: WeakRef<object>[] = []
  let asked = 0
  const tx = {
    lastKey: async () => {
      const answer = { nth: asked++ }
      read.push(new WeakRef(answer))
      return answer
    },
  } as unknown as StorageTransaction
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const backend: StorageBackend = {
    mode: 'custom',
    transact: (_, __, work) => work(tx),
    close: async () => undefined,
  }
  const running = patience.transact(backend, 'read', ['confirmed'], async (bounded) => {
    for (let nth = 0; nth < 1000; nth++) await bounded.lastKey('confirmed')
    await ended
  })
  await settled()
  expect(asked).toBe(1000)
  collectGarbage()
  const kept = read.filter((ref) => ref.deref() !== undefined)
  expect(kept.length).toBeLessThan(10)
  end()
  await running
  patience.stop()
})
