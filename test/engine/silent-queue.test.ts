import { beforeEach, describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { StorageWatch } from '../../src/store/storage-watch.ts'
import { FaultyStorage } from '../../src/testing/faults/faulty-storage.ts'
import { Device } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let disk: MemoryDisk
let storage: FaultyStorage
let store: EventStore
let seconds: number
let ends: Record<string, readonly [end: string, second: number]>

beforeEach(async () => {
  clock = new VirtualClock()
  disk = new MemoryDisk()
  storage = new FaultyStorage(openMemoryStorage(disk))
  store = await openStore({
    backend: new StorageWatch(storage, { ...new VirtualMachine(1, clock).openTab(), place: 'notes' }),
  })
  seconds = 0
  ends = {}
})

/** Notes how it ends, and in which second. */
function note(name: string, asked: Promise<unknown>): void {
  const end = (how: string): void => {
    ends[name] = [how, seconds]
  }
  asked.then(
    () => end('done'),
    ({ code }) => end(code),
  )
}

const append = (name: string): void => note(name, store.append(prepared(noted(name))))
const transition = (name: string): void =>
  note(
    name,
    store.transition(async () => undefined),
  )

async function pass(howMany: number): Promise<void> {
  for (let nth = 0; nth < howMany; nth++) {
    await clock.advance(1000)
    seconds++
  }
}

const texts = async (): Promise<readonly string[]> =>
  (await readDisk(disk)).confirmed.flatMap(({ events }) => events.map(({ text }) => text))

describe('C21: what waits behind a call that is never answered', () => {
  it('is given up with it: nothing of it was begun', async () => {
    const works = storage.transact.bind(storage)
    storage.transact = () => new Promise<never>(() => undefined)
    append('first')
    await pass(1)
    transition('transition')
    append('a')
    note('refresh', store.refresh())
    await pass(1)
    append('b')
    note(
      'read',
      store.read(async () => undefined),
    )
    await pass(28)
    const given = ends['first']
    expect(given?.[0]).toBe('storage-timeout')
    expect(given?.[1]).toBeLessThanOrEqual(25)
    const names = ['first', 'transition', 'a', 'refresh', 'b', 'read']
    expect(ends).toEqual(Object.fromEntries(names.map((name) => [name, given])))

    // Whoever asks next is given all its time, and it is a try of its own.
    append('next')
    await pass(1)
    append('behind')
    await pass(10)
    expect(ends).not.toHaveProperty('next')
    await pass(20)
    expect(ends['next']?.[0]).toBe('storage-timeout')
    expect(ends['next']?.[1]).toBeGreaterThanOrEqual(50)
    expect(ends['behind']).toEqual(ends['next'])

    storage.transact = works
    await store.refresh()
    await store.append(prepared(noted('after')))
    expect(await texts()).toEqual(['after'])
    await store.close()
  })

  it('is given up too where nobody knows what became of the first', async () => {
    for (let nth = 1; storage.failed !== 'commit'; nth++) {
      storage.failNext(nth, 'hang')
      append('first')
      await pass(1)
      append('behind')
      transition('transition')
      await pass(29)
      if (storage.failed !== 'commit') storage.release()
      await pass(60)
    }
    storage.release()
    await pass(60)
    const [, end = 0] = ends['behind'] ?? []
    expect(ends['behind']).toEqual(['storage-timeout', end])
    expect(ends['transition']).toEqual(['storage-timeout', end])
    expect(end % 90).toBeLessThanOrEqual(25)
    expect((await texts()).filter((text) => text === 'behind')).toEqual([])
    // It was looked for.
    expect(ends['first']?.[0]).toMatch(/^(done|storage-unavailable)$/)
    await store.close()
  })

  it('ends where the one in front is written and only cannot be read back', async () => {
    const works = storage.transact.bind(storage)
    storage.transact = (mode, tables, work) => {
      if (mode === 'write') storage.transact = () => new Promise<never>(() => undefined)
      return works(mode, tables, work)
    }
    transition('first')
    await pass(1)
    append('behind')
    await pass(30)
    expect(ends['first']?.[0]).toBe('done')
    expect(ends['behind']).toEqual(['storage-timeout', ends['first']?.[1]])
    storage.transact = works
    await store.close()
  })

  it('does not keep a store from closing', async () => {
    storage.transact = () => new Promise<never>(() => undefined)
    append('first')
    append('second')
    await pass(1)
    note('close', store.close())
    await pass(60)
    expect(ends['first']?.[0]).toBe('storage-timeout')
    expect(ends['close']?.[0]).toBe('done')
    expect(ends['close']?.[1]).toBeLessThanOrEqual(26)
    expect(clock.waiting).toBe(0)
  })

  it('is told by whoever asks at that moment: that one has a try of its own', async () => {
    const works = storage.transact.bind(storage)
    storage.transact = () => new Promise<never>(() => undefined)
    const first = store.append(prepared(noted('first')))
    append('behind')
    note(
      'again',
      first.catch(() => {
        storage.transact = works
        return store.append(prepared(noted('again')))
      }),
    )
    await pass(30)
    expect(ends['behind']?.[0]).toBe('storage-timeout')
    expect(ends['again']?.[0]).toBe('done')
    expect(await texts()).toEqual(['again'])
    await store.close()
  })

  it('a command behind another on the same aggregate is one of them', async () => {
    let wrapped: FaultyStorage | undefined
    const wrap = (backend: StorageBackend): StorageBackend => {
      wrapped = new FaultyStorage(backend)
      return wrapped
    }
    const larder = await new Device(1, clock).openTab({ domain: taskDomain, wrap })
    const works = wrapped?.transact.bind(wrapped)
    Object.assign(wrapped ?? {}, { transact: () => new Promise<never>(() => undefined) })
    note('first', larder.execute(tasks, 'a').open({ title: 'first' }))
    await pass(1)
    note('behind', larder.execute(tasks, 'a').open({ title: 'behind' }))
    await pass(28)
    expect(ends['first']?.[0]).toBe('storage-timeout')
    expect(ends['behind']).toEqual(ends['first'])
    Object.assign(wrapped ?? {}, { transact: works })
    await larder.execute(tasks, 'a').open({ title: 'after' })
    expect(Object.values((await larder.load(tasks, 'a')).state.open)).toEqual(['after'])
    await larder.close()
    await store.close()
  })
})
