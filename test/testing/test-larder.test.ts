import { afterEach, describe, expect, it, vi } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { memory } from '../../src/storage/memory/memory-backend.ts'
import { createTestLarder, type TestLarder, type TestLarderOptions } from '../../src/testing/test-larder.ts'
import { TestServer } from '../../src/testing/test-server.ts'
import { watch } from '../support/device.ts'
import { journal, Noted, noted, notes } from '../support/notes.ts'

const opened: TestLarder[] = []
const open = async (options?: TestLarderOptions): Promise<TestLarder> => {
  const test = await createTestLarder(notes, options)
  opened.push(test)
  return test
}

afterEach(async () => {
  const all = opened.splice(0)
  for (const test of all) await test.close()
  for (const { clock, machine } of all) {
    await clock.advance(0)
    expect([clock.waiting, machine.errors]).toEqual([0, []])
  }
})

describe('a test larder', () => {
  it('stores and shows without time passing', async () => {
    const { larder } = await open()
    const { commitId, position } = await larder.append(noted('a'))
    expect(await larder.get(journal)).toEqual(['a'])
    expect(position).toBe(1)
    const again = await open()
    expect((await again.larder.append(noted('a'))).commitId).toBe(commitId)
    const other = await open({ seed: 2 })
    expect((await other.larder.append(noted('a'))).commitId).not.toBe(commitId)
  })

  it('syncs with a server in this thread, and with other devices through it', async () => {
    const server = new TestServer(notes)
    const one = await open({ sync: server })
    const two = await open({ sync: server, clock: one.clock, seed: 2 })
    await one.larder.append(noted('from one'))
    await server.append(noted('from the backend'))
    await one.clock.advance(1000)
    expect(await two.larder.get(journal)).toEqual(await one.larder.get(journal))
    expect((await two.larder.get(journal)).toSorted()).toEqual(['from one', 'from the backend'])
    expect((await server.accepted()).map(({ data }) => data)).toHaveLength(2)
  })

  it('warns of dead letters, and drops them, as it is told to', async () => {
    const told: unknown[] = []
    const deadLetters = { maxSize: 2, whenFull: 'drop-oldest' } as const
    const { larder, clock, machine } = await open({
      deadLetters,
      alerts: { deadLetters: 1 },
      onAlert: (each) => told.push(each),
    })
    const fail = () => {
      throw new Error('no')
    }
    await larder.handle(Noted, fail, { name: 'failing', retry: { attempts: 1 } }).ready
    for (const text of ['a', 'b', 'c']) {
      await larder.append(noted(text))
      await clock.advance(1000)
    }
    expect(told).toContainEqual({ kind: 'dead-letters', count: expect.any(Number), limit: 1 })
    expect((await larder.deadLetters.list()).map(({ events }) => events[0]?.data)).toMatchObject([
      { text: 'b' },
      { text: 'c' },
    ])
    expect(machine.errors.splice(0)).toHaveLength(4)
  })

  it('waits out an hour of refusals in no time', async () => {
    let busy = true
    const server = new TestServer(notes, {
      rules: [() => (busy ? { code: 'busy', message: 'Later', retryable: true } : undefined)],
    })
    const { larder, clock } = await open({ sync: server, deadLetters: { maxAttempts: 20 } })
    const receipt = await larder.append(noted('a'))
    await clock.advance(1_800_000)
    busy = false
    await clock.advance(1_800_000)
    expect(await receipt.settled()).toBe('confirmed')
  })

  it('has tabs that share its log and tell each other', async () => {
    const test = await open()
    const tab = await test.openTab()
    const seen = watch(tab.view(journal))
    await test.larder.append(noted('a'))
    await test.clock.advance(100)
    expect(seen.last()).toEqual(['a'])
    seen.stop()
  })

  it('begins anew after a reset: log, server and ids', async () => {
    const server = new TestServer(notes)
    const test = await open({ sync: server })
    const before = test.larder
    await before.append(noted('a'))
    await test.clock.advance(1000)
    await test.reset()
    const failure = await before.append(noted('b')).catch((error: unknown) => error)
    expect(isLarderError(failure, 'closed')).toBe(true)
    await test.clock.advance(1000)
    expect([await test.larder.get(journal), await server.accepted(), test.larder === before]).toEqual([[], [], false])
  })

  it('asks a storage of its own for another name when it is reset', async () => {
    const names: string[] = []
    const storage = memory()
    const test = await open({
      storage: (name) => {
        names.push(name)
        return storage(name)
      },
    })
    await test.larder.append(noted('a'))
    await test.reset()
    expect([names, await test.larder.get(journal)]).toEqual([['larder/test', 'larder/test-2'], []])
  })

  it('says what to do when it is used after it was closed', async () => {
    const test = await open()
    await test.close()
    expect(() => test.larder).toThrow('reset()')
  })

  it('touches no clock, no dice and no timer of the machine', async () => {
    const spies = [
      vi.spyOn(globalThis, 'setTimeout'),
      vi.spyOn(globalThis, 'setInterval'),
      vi.spyOn(Math, 'random'),
      vi.spyOn(Date, 'now'),
      vi.spyOn(crypto, 'getRandomValues'),
    ]
    const touched = () => spies.map((each) => each.mock.calls.length)
    try {
      const server = new TestServer(notes)
      const { larder, clock } = await open({ sync: server })
      const health = watch(larder.health$)
      await larder.append(noted('a'))
      await clock.advance(60_000)
      expect(health.all.length).toBeGreaterThan(0)
      health.stop()
      expect(touched()).toEqual([0, 0, 0, 0, 0])
      Math.random()
      expect(touched()).toEqual([0, 0, 1, 0, 0])
    } finally {
      for (const each of spies) each.mockRestore()
    }
  })
})
