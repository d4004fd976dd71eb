import { expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Locks } from '../../src/platform/ports.ts'
import type { HandleOptions } from '../../src/reactive/larder-handlers.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { FaultyStorage } from '../../src/testing/faults/faulty-storage.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const never = <T>(): Promise<T> => new Promise(() => undefined)

/** A device whose tabs die at once, as of a crash: nothing of them is stored any more, and the browser frees their locks. */
function device() {
  const clock = new VirtualClock()
  const machine = new VirtualMachine(1, clock)
  const disk = new MemoryDisk()
  const ran: string[] = []
  const openTab = async (options: Partial<HandleOptions> = {}) => {
    const death = new AbortController()
    const storage = new FaultyStorage(openMemoryStorage(disk))
    const platform = machine.openTab()
    const tab = await openLarderInline(notes, {
      name: 'notes',
      storage: async () => storage,
      platform: { ...platform, locks: mortal(platform.locks, death.signal) },
    })
    const die = (): Promise<never> => {
      storage.outage = new LarderError('storage-failed', 'This tab is dead', {})
      death.abort()
      return never()
    }
    tab.handle(
      Noted,
      ({ data }) => {
        if (death.signal.aborted) return never()
        ran.push(data.text)
        if (data.text === 'slow') return never()
        return data.text === 'kills' ? die() : undefined
      },
      { name: 'coach', from: 'start', retry: { attempts: 3 }, ...options },
    )
    return { tab, storage, die, isDead: () => death.signal.aborted }
  }
  return { clock, openTab, ran, runsOf: (text: string) => ran.filter((each) => each === text).length }
}

function mortal(locks: Locks, death: AbortSignal): Locks {
  const died = new Promise<void>((resolve) => death.addEventListener('abort', () => resolve(), { once: true }))
  return {
    hold: (name, end, work) => locks.hold(name, AbortSignal.any([end, death]), () => Promise.race([work(end), died])),
  }
}

it('a handler that ends its tab each time becomes a dead letter, and the others go on', async () => {
  const { clock, openTab, runsOf } = device()
  const first = await openTab()
  for (const text of ['before', 'kills', 'after']) await first.tab.append(noted(text))
  let { tab, isDead } = first
  let deaths = 0
  for (let day = 1; day <= 10; day++) {
    await clock.advance(60_000)
    if (!isDead()) break
    deaths++
    ;({ tab, isDead } = await openTab())
  }
  // The first is not known to be of the handler's doing; then three attempts.
  expect([deaths, runsOf('kills'), runsOf('after')]).toEqual([4, 4, 1])
  expect(await tab.deadLetters.list()).toMatchObject([{ kind: 'handler', code: 'handler-crashed', attempts: 3 }])
  await tab.close()
})

it('a dead letter that ends its tab when it is tried again waits for a person after its attempts', async () => {
  const { clock, openTab, runsOf } = device()
  const first = await openTab()
  await first.tab.append(noted('kills'))
  let open = first
  const untilAlive = async () => {
    for (let day = 1; day <= 10; day++) {
      await clock.advance(60_000)
      if (!open.isDead()) return
      open = await openTab()
    }
  }
  await untilAlive()
  const before = runsOf('kills')
  const [letter] = await open.tab.deadLetters.list()
  await open.tab.deadLetters.retry(letter?.id ?? '')
  await untilAlive()
  expect(open.isDead()).toBe(false)
  expect(runsOf('kills') - before).toBe(3)
  await open.tab.close()
})

it('a tab that is closed while a handler runs counts as no attempt, however often', async () => {
  const { clock, openTab, runsOf } = device()
  const first = await openTab()
  await first.tab.append(noted('slow'))
  await clock.advance(1000)
  void first.die()
  for (let day = 1; day <= 6; day++) {
    const next = await openTab()
    await clock.advance(60_000)
    expect([runsOf('slow'), await next.tab.deadLetters.list()]).toEqual([1 + day, []])
    await next.tab.close()
  }
})

it('counting costs nothing after a clean end, and at most 32 writes after another', async () => {
  const { clock, openTab } = device()
  const writesOf = async (end: 'clean' | 'unclean') => {
    const old = await openTab()
    await clock.advance(1000)
    if (end === 'clean') await old.tab.close()
    else void old.die()
    const next = await openTab()
    await clock.advance(1000)
    const before = next.storage.writes.length
    await next.tab.append(Array.from({ length: 500 }, (_, n) => noted(`${n}`)))
    await clock.advance(60_000)
    const writes = next.storage.writes.slice(before).filter(([table]) => table === 'handlers').length
    await next.tab.close()
    return writes
  }
  const clean = await writesOf('clean')
  expect(clean).toBeLessThan(10)
  const unclean = await writesOf('unclean')
  expect(unclean).toBeGreaterThan(clean)
  expect(unclean).toBeLessThanOrEqual(clean + 32)
})
