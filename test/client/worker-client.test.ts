import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Client } from '../../src/client/client.ts'
import { HEARTBEAT } from '../../src/client/heartbeat.ts'
import { connectWorker } from '../../src/client/worker-connection.ts'
import { defineDomain, defineEvent, defineProjection } from '../../src/domain.ts'
import { LarderError } from '../../src/errors.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import { WORKER_PROTOCOL } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { FakeWorker, type FakeWorkerOptions, until } from '../support/fake-worker.ts'
import { byDay, journal, Noted, noted, notes } from '../support/notes.ts'
import { readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let machine: VirtualMachine
let disk: MemoryDisk
let workers: FakeWorker[]

beforeEach(() => {
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
  workers = []
})

interface PageOptions extends Partial<Pick<FakeWorkerOptions, 'server' | 'wrap' | 'health'>> {
  readonly domain?: Domain
  readonly pageDomain?: Domain
  readonly auth?: () => Promise<string | undefined>
  readonly callTimeoutMs?: number
  readonly fallback?: 'memory'
  /** Makes the n-th worker, from 1. */
  readonly make?: (nth: number, options: FakeWorkerOptions) => FakeWorker
}

async function openPage({
  domain = notes,
  pageDomain = domain,
  auth,
  callTimeoutMs,
  fallback,
  ...options
}: PageOptions = {}): Promise<Larder> {
  const platform = machine.openTab()
  const client = await Client.open({
    domain: pageDomain,
    platform,
    auth,
    callTimeoutMs,
    connect: connectWorker({
      clock,
      locks: platform.locks,
      createWorker: () => {
        const given = { domain, platform: machine.openTab(), disk, ...options }
        const worker = options.make?.(workers.length + 1, given) ?? new FakeWorker(given)
        workers.push(worker)
        return worker.asWorker
      },
    }),
    request: {
      ...{ protocol: WORKER_PROTOCOL, domainVersion: pageDomain.version, name: 'notes', account: undefined },
      ...{ syncUrl: options.server === undefined ? undefined : 'sync', hasAuth: auth !== undefined },
      ...{ maxAttempts: undefined, fallback },
    },
  })
  return createLarder(client, {
    persist: async () => true,
    read: async () => ({ persisted: 'unknown', usageBytes: undefined, quotaBytes: undefined }),
  })
}

const worker = (nth = workers.length): FakeWorker => {
  const found = workers[nth - 1]
  if (found === undefined) throw new Error(`there is no worker ${nth}`)
  return found
}
const stored = async (): Promise<string[]> =>
  (await readDisk(disk)).confirmed.flatMap(({ events }) => events.map(({ text }) => text))

describe('through real message ports', () => {
  it('appends, reads and watches as in one thread', async () => {
    const larder = await openPage()
    const seen = watch(larder.view(byDay, 'mon'))
    const receipt = await larder.append([noted('a', 'mon'), noted('b', 'mon', 'tue')])
    expect(receipt).toMatchObject({ position: 1 })
    expect(receipt.eventIds).toHaveLength(2)
    await until(clock, () => seen.last()?.length === 2)
    expect(await larder.get(byDay, 'tue')).toEqual(['b'])
    expect((await larder.events()).events.map(({ data }) => data)).toMatchObject([{ text: 'a' }, { text: 'b' }])
    expect(await receipt.settled()).toBe('confirmed')
  })

  it('keeps the code and the details of every error', async () => {
    const larder = await openPage()
    await larder.append(noted('a'))
    expect(await failureOf(() => larder.append(noted('b'), { expectedVersion: 0 }))).toMatchObject({
      name: 'LarderError',
      code: 'concurrency',
      details: { stream: 'notes', expected: 0, actual: 1 },
    })
    await larder.append(noted('boom'))
    expect(await failureOf(() => larder.get(fragileOf(notes)))).toMatchObject({
      code: 'projection-faulted',
      details: { projection: 'fragile' },
    })
    expect(await failureOf(() => larder.deadLetters.retry('x'))).toMatchObject({
      code: 'dead-letter-unknown',
      details: { id: 'x' },
    })
  })

  it('says that a state cannot be sent, and stores and shows the rest all the same', async () => {
    const Asked = defineEvent('Asked', { schema: z.object({}), stream: () => 'asked' })
    const count = defineProjection('count', {
      ...{ version: 1, events: [Asked], initial: () => 0, evolve: { Asked: (n: number) => n + 1 } },
    })
    const odd = defineProjection('odd', {
      ...{ version: 1, events: [Asked], initial: () => ({}), evolve: { Asked: () => ({ run: () => 1 }) } },
    })
    const larder = await openPage({
      domain: defineDomain({ version: '1', events: [Asked], projections: [odd, count] }),
    })
    const [onOdd, onCount] = [watch(larder.viewState(odd)), watch(larder.view(count))]
    await until(clock, () => onCount.all.length === 1)
    const receipts = await Promise.all([larder.append(Asked({})), larder.append(Asked({}))])
    expect(receipts.map(({ position }) => position)).toEqual([1, 2])
    await clock.advance(50)
    await until(clock, () => onCount.last() === 2)
    await until(clock, () => onOdd.last()?.phase === 'faulted')
    expect(onOdd.last()?.error?.code).toBe('projection-faulted')
    expect(await failureOf(() => larder.get(odd))).toMatchObject({ code: 'internal' })
  })

  it('opens before the worker says that it is up, once, with what it asks the page for meanwhile', async () => {
    const server = new SyncServer()
    const asked: number[] = []
    let isUp = (): void => undefined
    const up = new Promise<void>((resolve) => {
      isUp = resolve
    })
    const opening = openPage({
      server,
      make: (nth, given) => new FakeWorker({ ...given, up, onOpen: () => asked.push(nth) }),
    })
    await until(clock, () => asked.length === 1)
    // The lock of who syncs, which the page holds.
    await clock.advance(100)
    isUp()
    const larder = await opening
    expect(asked).toEqual([1])
    const status = watch(larder.sync.status$)
    await until(clock, () => status.last()?.leader === true)
    await larder.append(noted('a'))
    await clock.advance(1000)
    expect(await server.texts()).toEqual(['a'])
  })

  it('tells what opening failed with before the worker said that it is up', async () => {
    let isUp = (): void => undefined
    const up = new Promise<void>((resolve) => {
      isUp = resolve
    })
    const opening = failureOf(() =>
      openPage({
        pageDomain: defineDomain({ version: 'another', events: [Noted], projections: [byDay] }),
        make: (_nth, given) => new FakeWorker({ ...given, up }),
      }),
    )
    await clock.advance(100)
    isUp()
    expect(await opening).toMatchObject({ code: 'worker-mismatch' })
    expect(worker(1).isAlive).toBe(false)
  })

  it('gives back the lock that it took for a worker that was opening, and never said that it is up', async () => {
    const server = new SyncServer()
    const never = new Promise<void>(() => undefined)
    const larder = await openPage({
      server,
      make: (nth, given) => new FakeWorker(nth === 2 ? { ...given, up: never } : given),
    })
    const status = watch(larder.sync.status$)
    await until(clock, () => status.last()?.leader === true)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    await clock.advance(1000)
    await clock.advance(21_000)
    await larder.append(noted('a'))
    await until(clock, () => workers.length === 3)
    await clock.advance(5000)
    await clock.advance(5000)
    expect(await server.texts()).toEqual(['a'])
  })

  it('holds no lock for a worker that comes when it is closed', async () => {
    const server = new SyncServer()
    let deliver = (): void => undefined
    let isUp = (): void => undefined
    const up = new Promise<void>((resolve) => {
      isUp = resolve
    })
    class Late extends FakeWorker {
      override postMessage(message: unknown, transfer?: Transferable[]): void {
        deliver = () => super.postMessage(message, transfer)
      }
    }
    const larder = await openPage({
      server,
      callTimeoutMs: 1000,
      make: (nth, given) => (nth === 2 ? new Late({ ...given, up }) : new FakeWorker(given)),
    })
    const status = watch(larder.sync.status$)
    await until(clock, () => status.last()?.leader === true)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    const closing = larder.close()
    for (let turn = 0; turn < 20; turn++) await clock.advance(500)
    deliver()
    // It asks for the lock.
    await clock.advance(500)
    isUp()
    await clock.advance(500)
    await closing
    const other = watch((await openPage({ server })).sync.status$)
    await until(clock, () => other.last()?.leader === true, 100)
  })

  it('asks the page for a token', async () => {
    const server = new SyncServer()
    const larder = await openPage({ server, auth: async () => 'from the page' })
    await larder.append(noted('a'))
    await larder.sync.now()
    expect(server.tokens).toContain('from the page')
  })

  it.each<[string, string, () => Promise<string | undefined>]>([
    ['auth-required', 'has no token', async () => undefined],
    [
      'auth-required',
      'says that it has none',
      () => Promise.reject(new LarderError('auth-required', 'Signed out', {})),
    ],
    ['offline', 'cannot get a token', () => Promise.reject(new TypeError('Failed to fetch'))],
  ])('says that sync is %s when the page %s', async (state, _, auth) => {
    const server = new SyncServer()
    const larder = await openPage({ server, auth })
    const status = watch(larder.sync.status$)
    await larder.append(noted('a'))
    await until(clock, () => status.all.length > 0)
    for (let turn = 0; turn < 30; turn++) {
      await clock.advance(50)
      await until(clock, () => true)
    }
    expect(status.last()).toMatchObject({ state, pending: 1 })
  })
})

function fragileOf({ projections }: Domain) {
  return projections.get('fragile') as ReturnType<typeof defineProjection<never, number>>
}

describe('the handshake', () => {
  it('refuses a page and a worker of different builds', async () => {
    const newer = defineDomain({ version: 'notes 2', events: [Other] })
    const error = await failureOf(() => openPage({ pageDomain: newer }))
    expect(error).toMatchObject({
      code: 'worker-mismatch',
      details: { page: `${WORKER_PROTOCOL}/notes 2`, worker: `${WORKER_PROTOCOL}/notes 1` },
    })
    expect(worker().isAlive).toBe(false)
  })

  it('does not wait for ever for a worker that says nothing', async () => {
    const opening = failureOf(() => openPage({ health: 'silent' }))
    await clock.advance(20_000)
    expect((await opening).code).toBe('worker-unavailable')
    expect(worker().isAlive).toBe(false)
    expect(clock.waiting).toBe(0)
  })

  it('tells why a worker could not be loaded', async () => {
    const error = await failureOf(() => openPage({ health: 'broken' }))
    expect(error).toMatchObject({ code: 'worker-unavailable', cause: { message: 'x is not defined' } })
    const unmade = await failureOf(() =>
      openPage({
        make: () => {
          throw new DOMException('blocked', 'SecurityError')
        },
      }),
    )
    expect(unmade).toMatchObject({ code: 'worker-unavailable', cause: { name: 'SecurityError' } })
  })

  it('says so when the browser does not say why', async () => {
    const error = await failureOf(() => openPage({ health: 'not-found' }))
    expect(error).toMatchObject({ code: 'worker-unavailable', cause: { message: /did not load the script/ } })
  })

  it('gives up a worker that hangs while it opens, and one that dies again and again', async () => {
    for (const fail of ['hang', 'die'] as const) {
      workers = []
      const opening = failureOf(() =>
        openPage({
          make: (_, options) => {
            const wrap = (backend: StorageBackend) => ({ ...backend, ...never(backend) })
            const fresh: FakeWorker = new FakeWorker({ ...options, wrap, onOpen: () => fresh[fail]() })
            return fresh
          },
        }),
      )
      let error: unknown
      void opening.then((failure) => {
        error = failure
      })
      await until(clock, () => error !== undefined, 200)
      expect(error).toMatchObject({ code: 'worker-unavailable' })
      expect(workers.map(({ isAlive }) => isAlive)).toEqual([false, false, false, false])
      expect(clock.waiting).toBe(0)
    }
  })
})

const Other = defineEvent('Other', { schema: z.unknown(), stream: () => 'other' })

/** Opening a store and deciding about dead letters write to the quarantine too. */
const isAppend = (mode: 'read' | 'write', tables: readonly string[]): boolean =>
  mode === 'write' && tables.includes('discarded') === tables.includes('deadLetters') && !tables.includes('quarantine')

const refusing = (): never => {
  throw new LarderError('storage-timeout', 'The storage does not answer', {})
}

describe('C03: a worker that dies', () => {
  it('is replaced; what reads is asked of the new one, and subscriptions go on with it', async () => {
    const larder = await openPage()
    const [seen, fates, health] = [watch(larder.view(journal)), watch(larder.commits$), watch(larder.health$)]
    await larder.append(noted('a'))
    await until(clock, () => seen.last()?.length === 1 && fates.all.length > 0 && health.all.length > 0)
    const reading = [larder.get(journal), larder.events(), larder.verify(), larder.metrics(), larder.compact()] as const
    await Promise.resolve()
    worker(1).die()
    const [state, page, report] = await Promise.all(reading)
    expect([state, page.events.length, report.ok]).toEqual([['a'], 1, true])
    await larder.append(noted('b'))
    await until(clock, () => seen.last()?.length === 2)
    expect(workers).toHaveLength(2)
    expect([seen, fates, health].map(({ ended }) => ended())).toEqual([undefined, undefined, undefined])
    expect(machine.errors).toEqual(['client: the worker died {}'])
  })

  it('leaves no gap in what a feed of events gives, and nothing comes twice', async () => {
    const larder = await openPage()
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`)
    for (const text of texts.slice(0, 280)) await larder.append(noted(text))
    const feed = watch(larder.events$({ types: [Noted] }))
    // Once in the history, once while it waits for what comes.
    await until(clock, () => feed.all.length > 0)
    worker(1).die()
    for (const text of texts.slice(280, 290)) await larder.append(noted(text))
    await until(clock, () => feed.all.length === 290)
    worker(2).die()
    for (const text of texts.slice(290)) await larder.append(noted(text))
    await until(clock, () => feed.all.length >= 300)
    expect(feed.all.map(({ data }) => data.text)).toEqual(texts)
    expect(feed.ended()).toBeUndefined()
    expect(workers).toHaveLength(3)
  })

  it('says of a read that nothing was written, when the next one dies as well', async () => {
    const larder = await openPage({
      make: (nth, options) => {
        const fresh = new FakeWorker({ ...options, onOpen: () => nth === 2 && fresh.die() })
        return fresh
      },
    })
    const reading = failureOf(() => larder.get(journal))
    await Promise.resolve()
    worker(1).die()
    const failure = await reading
    expect(failure).toMatchObject({ code: 'worker-crashed', details: { outcome: 'nothing-written' } })
    expect(failure.message).not.toMatch(/same id/)
    expect(await larder.get(journal)).toEqual([])
    expect(workers).toHaveLength(3)
  })

  it('while a subscription begins does not end it', async () => {
    const larder = await openPage()
    const fates = watch(larder.commits$)
    await Promise.resolve()
    worker(1).die()
    await until(clock, () => fates.all.length > 0)
    expect(fates.ended()).toBeUndefined()
  })

  it.each(['before', 'after'] as const)(
    '%s it stored an append: the append is made again, and stored once',
    async (when) => {
      const stuck: (() => void)[] = []
      const wrap = (backend: StorageBackend): StorageBackend => ({
        mode: 'memory',
        close: () => backend.close(),
        transact: async (mode, tables, work) => {
          // The first worker gets stuck in its first append.
          const isHeld = isAppend(mode, tables) && workers.length === 1
          if (isHeld && when === 'before') await new Promise<void>((resolve) => stuck.push(resolve))
          const result = await backend.transact(mode, tables, work)
          if (isHeld) await new Promise<void>((resolve) => stuck.push(resolve))
          return result
        },
      })
      const larder = await openPage({ wrap })
      const append = larder.append([noted('a'), noted('b')])
      await until(clock, () => stuck.length === 1)
      worker(1).die()
      expect(await append).toMatchObject({ position: 1 })
      expect(await stored()).toEqual(['a', 'b'])
    },
  )

  it('while it is opened is replaced by exactly one', async () => {
    const larder = await openPage({
      make: (nth, options) => {
        const fresh = new FakeWorker(
          nth !== 2 ? options : { ...options, wrap: (backend) => ({ ...never(backend), mode: 'memory' }) },
        )
        return fresh
      },
    })
    const seen = watch(larder.view(journal))
    await until(clock, () => seen.all.length > 0)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    for (let turn = 0; turn < 5; turn++) await until(clock, () => true)
    worker(2).die()
    await larder.append(noted('a'))
    await until(clock, () => seen.last()?.length === 1)
    expect(workers.map(({ isAlive }) => isAlive)).toEqual([false, false, true])
  })

  it('and whose replacement cannot open the storage: views go on with the one after that', async () => {
    const larder = await openPage({
      make: (nth, options) => {
        const wrap = (backend: StorageBackend): StorageBackend => {
          if (nth === 2) throw new LarderError('storage-timeout', 'The storage does not answer', {})
          return backend
        }
        return new FakeWorker({ ...options, wrap })
      },
    })
    const [state, seen] = [watch(larder.viewState(journal)), watch(larder.view(journal))]
    const days = watch(larder.viewRange(byDay, { from: 'a', to: 'z' }))
    await larder.append(noted('a', 'mon'))
    await until(clock, () => [state.last()?.state, seen.last()].every((lines) => lines?.length === 1))
    worker(1).die()
    await until(clock, () => state.last()?.phase === 'faulted')
    expect(state.last()?.error).toMatchObject({ code: 'storage-timeout' })
    await larder.append(noted('b', 'tue'))
    await until(clock, () => state.last()?.phase === 'live' && days.last()?.size === 2)
    await until(clock, () => seen.last()?.length === 2)
    expect([state.last()?.state, seen.last()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(days.last()).toEqual(
      new Map([
        ['mon', ['a']],
        ['tue', ['b']],
      ]),
    )
    expect(workers).toHaveLength(3)
  })

  it('is replaced by one that is asked once for each subscription', async () => {
    const larder = await openPage()
    const seen = watch(larder.view(journal))
    await until(clock, () => seen.all.length === 1)
    worker(1).die()
    const told = watch(larder.health$)
    await until(clock, () => seen.all.length === 2 && told.all.length > 0)
    await clock.advance(1000)
    await until(clock, () => true)
    expect([seen.all.length, told.all.length]).toEqual([2, 1])
  })

  it('takes the keys of a range with it that are gone by the time another has replaced it', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('bad', { code: 'no', message: 'No' })]
    let letIn = (): void => undefined
    const larder = await openPage({
      server,
      make: (nth, options) => {
        const fresh = new FakeWorker(options)
        return nth === 2 ? held(fresh, (go) => (letIn = go)) : fresh
      },
    })
    await larder.sync.pause()
    await larder.append(noted('bad', 'mon'))
    const days = watch(larder.viewRange(byDay, { from: 'a', to: 'z' }))
    await until(clock, () => days.last()?.size === 1)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    const other = await openPage({ server })
    await other.sync.resume()
    await other.sync.now()
    const before = days.all.length
    letIn()
    await until(clock, () => days.all.length > before)
    expect([...(days.last() ?? [])]).toEqual([])
  })

  it('again and again is not replaced for ever: everything says so', async () => {
    const larder = await openPage()
    const fates = watch(larder.commits$)
    for (let nth = 1; nth <= 4; nth++) {
      await until(clock, () => workers.length === nth)
      await larder.get(journal)
      worker(nth).die()
    }
    await until(clock, () => fates.ended() !== undefined)
    expect(fates.ended()).toBe('error')
    expect(await failureOf(() => larder.append(noted('a')))).toMatchObject({ code: 'worker-unavailable' })
    expect(workers).toHaveLength(4)
    await larder.close()
  })

  it('is not replaced by one with an empty log in memory, where the store was opened with one on disk', async () => {
    const larder = await openPage({
      fallback: 'memory',
      make: (nth, options) => new FakeWorker({ ...options, wrap: nth === 2 ? refusing : (backend) => backend }),
    })
    await larder.append(noted('a'))
    worker(1).die()
    // The one that died may have stored it, and the next one could not look.
    expect(await failureOf(() => larder.append(noted('b')))).toMatchObject({
      code: 'worker-crashed',
      details: { outcome: 'unknown' },
    })
    await larder.append(noted('c'))
    expect(await stored()).toEqual(['a', 'c'])
    const modes = watch(larder.health$)
    await until(clock, () => modes.last() !== undefined)
    expect(new Set(modes.all.map(({ storage }) => storage.mode))).toEqual(new Set(['custom']))
    await larder.close()
  })

  it('is not replaced where the log was in memory only, and died with it: everything says so', async () => {
    const larder = await openPage({
      fallback: 'memory',
      make: (_, options) => new FakeWorker({ ...options, wrap: refusing }),
    })
    const fates = watch(larder.commits$)
    await larder.append(noted('a'))
    expect(await larder.get(journal)).toEqual(['a'])
    worker(1).die()
    await until(clock, () => fates.ended() !== undefined)
    expect(fates.ended()).toBe('error')
    expect(await failureOf(() => larder.get(journal))).toMatchObject({ code: 'worker-unavailable' })
    expect(workers).toHaveLength(1)
    await larder.close()
  })

  it('of old age, now and then, is always replaced', async () => {
    const larder = await openPage()
    for (let nth = 1; nth <= 8; nth++) {
      await larder.get(journal)
      worker(nth).die()
      await until(clock, () => machine.errors.length === nth)
      await clock.advance(61_000)
    }
    expect(await larder.get(journal)).toEqual([])
  })
})

describe('a store that does not answer', () => {
  /** Every write of an append waits until it is let go. */
  function stuckWrites() {
    const stuck: (() => void)[] = []
    let isStuck = true
    const wrap = (backend: StorageBackend): StorageBackend => ({
      mode: 'memory',
      close: () => backend.close(),
      transact: async (mode, tables, work) => {
        if (isStuck && isAppend(mode, tables)) await new Promise<void>((resolve) => stuck.push(resolve))
        return backend.transact(mode, tables, work)
      },
    })
    const letGo = () => {
      isStuck = false
      for (const resolve of stuck) resolve()
    }
    return { wrap, letGo }
  }

  it('does not keep an append waiting: it ends within 30 s, nothing is stored, and appended again with its id it is stored once', async () => {
    const { wrap, letGo } = stuckWrites()
    const larder = await openPage({ wrap })
    const commitId = uuid(1)
    const append = failureOf(() => larder.append(noted('a'), { id: commitId }))
    let ended = false
    void append.then(() => {
      ended = true
    })
    await clock.advance(20_000)
    expect(ended).toBe(false)
    await clock.advance(5100)
    expect(await append).toMatchObject({
      code: 'storage-timeout',
      message: expect.stringContaining('was not stored'),
    })
    letGo()
    await clock.advance(100)
    expect(await stored()).toEqual([])
    expect(await larder.append(noted('a'), { id: commitId })).toMatchObject({ commitId, position: 1 })
    expect([await stored(), workers.length]).toEqual([['a'], 1])
  })

  it('ends a read too, which says that nothing was written, after the time that the app wants', async () => {
    const { wrap } = stuckWrites()
    const larder = await openPage({ wrap, callTimeoutMs: 2000 })
    const append = failureOf(() => larder.append(noted('a')))
    const reading = failureOf(() => larder.get(journal))
    await clock.advance(2000)
    expect(await append).toMatchObject({ code: 'timeout', details: { afterMs: 2000, outcome: 'unknown' } })
    expect(await reading).toMatchObject({ code: 'timeout', details: { afterMs: 2000, outcome: 'nothing-written' } })
  })

  it('does not keep close waiting either; what was under way is told that nobody knows', async () => {
    const { wrap } = stuckWrites()
    const larder = await openPage({ wrap })
    let closed = false
    const append = failureOf(() => larder.append(noted('a')))
    void larder.close().then(() => {
      closed = true
    })
    await clock.advance(35_000)
    await until(clock, () => closed, 10)
    expect(['timeout', 'storage-timeout', 'worker-crashed']).toContain((await append).code)
    expect([worker().isAlive, clock.waiting]).toEqual([false, 0])
  })

  it('because it hangs is replaced, and its appends are made again', async () => {
    const larder = await openPage()
    await larder.get(journal)
    worker(1).hang()
    const append = larder.append(noted('a'))
    await clock.advance(HEARTBEAT.everyMs * HEARTBEAT.misses)
    let receipt: unknown
    void append.then((answer) => {
      receipt = answer
    })
    await until(clock, () => receipt !== undefined, 100)
    expect([workers.length, await stored()]).toEqual([2, ['a']])
  })
})

describe('closing', () => {
  it('lets appends finish, frees the worker, and refuses what comes later', async () => {
    const larder = await openPage()
    const appends = ['a', 'b', 'c'].map((text) => larder.append(noted(text)))
    const seen = watch(larder.view(journal))
    await larder.close()
    expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(appends.map(() => 'fulfilled'))
    expect([worker().isAlive, await stored()]).toEqual([false, ['a', 'b', 'c']])
    expect((await failureOf(() => larder.get(journal))).code).toBe('closed')
    expect(seen.ended()).toBe('complete')
    await clock.advance(120_000)
    expect([workers.length, clock.waiting]).toEqual([1, 0])
  })

  it('frees a worker too that is there only after it waited for it long enough', async () => {
    let letIn = (): void => undefined
    let opens = 0
    const larder = await openPage({
      callTimeoutMs: 1000,
      make: (nth, options) => {
        const fresh = new FakeWorker({ ...options, onOpen: () => opens++ })
        return nth === 2 ? held(fresh, (go) => (letIn = go)) : fresh
      },
    })
    const seen = watch(larder.view(journal))
    await until(clock, () => seen.all.length > 0)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    let isClosed = false
    void larder.close().then(() => {
      isClosed = true
    })
    await until(clock, () => isClosed, 50)
    letIn()
    await until(clock, () => !worker(2).isAlive)
    expect([opens, clock.waiting]).toEqual([1, 0])
  })

  it('waits for a worker that is just being connected to', async () => {
    let letIn = (): void => undefined
    const larder = await openPage({
      make: (nth, options) => {
        const fresh = new FakeWorker(options)
        return nth === 2 ? held(fresh, (go) => (letIn = go)) : fresh
      },
    })
    const seen = watch(larder.view(journal))
    await until(clock, () => seen.all.length > 0)
    worker(1).die()
    await until(clock, () => workers.length === 2)
    const append = larder.append(noted('a'))
    const closing = larder.close()
    letIn()
    expect(await append).toMatchObject({ position: 1 })
    await closing
    expect([worker(2).isAlive, await stored()]).toEqual([false, ['a']])
  })

  it('ends although the worker dies meanwhile', async () => {
    const larder = await openPage()
    const { id } = prepared(noted('a'))
    const calls = [failureOf(() => larder.get(journal)), failureOf(() => larder.append(noted('a'), { id }))]
    const closing = larder.close()
    worker().die()
    await closing
    // Of what was under way nobody says that it was refused: an append may be stored, and is told under which id to ask.
    expect((await Promise.all(calls)).map(({ code, details }) => [code, details])).toEqual([
      ['worker-crashed', { outcome: 'nothing-written' }],
      ['worker-crashed', { outcome: 'unknown', commitId: id }],
    ])
  })
})

function never(backend: StorageBackend): Pick<StorageBackend, 'transact' | 'close'> {
  return { transact: () => new Promise(() => undefined), close: () => backend.close() }
}

/** A worker that hears of the page only when it is let. */
function held(worker: FakeWorker, onHeld: (letIn: () => void) => void): FakeWorker {
  const post = worker.postMessage.bind(worker)
  worker.postMessage = (message, transfer) => onHeld(() => post(message, transfer))
  return worker
}
