import { Dexie } from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineDomain, defineProjection } from '../../src/domain.ts'
import type { CheckpointHead, CheckpointStorage } from '../../src/projection/checkpoint-storage.ts'
import { createCheckpoints } from '../../src/projection/create-checkpoints.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import { Projector } from '../../src/projection/projector.ts'
import { openDexieCheckpoints } from '../../src/storage/dexie/with-dexie.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { applyResponse } from '../../src/sync/apply-response.ts'
import { BATCH_TARGETS, buildRequest } from '../../src/sync/build-request.ts'
import { failureOf } from '../support/failure.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { emptyResponse } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

const nothing = (): void => undefined
const logger = { error: nothing, info: nothing, debug: nothing }

const storages: Record<string, () => () => CheckpointStorage> = {
  memory: () => {
    const checkpoints = new MemoryCheckpoints()
    return () => checkpoints
  },
  'Dexie on fake-indexeddb': () => {
    const indexedDB = new IDBFactory()
    return () => openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
  },
}

const head = (change: Partial<CheckpointHead> = {}): CheckpointHead => ({
  projection: 'days',
  version: 1,
  device: 'd',
  authority: 'local',
  repairs: 0,
  build: 0,
  position: 1,
  ...change,
})

describe.each(Object.entries(storages))('checkpoints in %s', (_name, place) => {
  it('come back with their states, the changed ones over the earlier ones, each projection for itself', async () => {
    const open = place()
    const storage = open()
    expect(await storage.load('days', 1)).toEqual({ stored: undefined, others: [], wanted: 0 })
    const first = head()
    await storage.save({
      expected: undefined,
      next: first,
      states: [
        ['mon', { a: [1] }],
        ['tue', 2],
      ],
      replaces: true,
    })
    await storage.save({ expected: undefined, next: head({ projection: 'day' }), states: [['mon', 9]], replaces: true })
    const second = head({ position: 5 })
    expect(
      await storage.save({
        expected: first,
        next: second,
        states: [
          ['tue', 3],
          ['', 4],
        ],
        replaces: false,
      }),
    ).toEqual(second)
    storage.close()
    const { stored } = await loaded(open())
    expect(stored?.head).toEqual(second)
    expect(new Map(stored?.states)).toEqual(
      new Map<string, unknown>([
        ['mon', { a: [1] }],
        ['tue', 3],
        ['', 4],
      ]),
    )
    expect((await loaded(open(), 'day')).stored?.states).toEqual([['mon', 9]])
  })

  it('are not written over one that is not the expected: a slow tab moves nothing back', async () => {
    const storage = place()()
    const [first, second] = [head(), head({ position: 5 })]
    await storage.save({ expected: undefined, next: second, states: [['mon', 5]], replaces: true })
    expect(await storage.save({ expected: undefined, next: first, states: [['mon', 1]], replaces: true })).toEqual(
      second,
    )
    expect(
      await storage.save({ expected: first, next: head({ position: 9 }), states: [['mon', 9]], replaces: false }),
    ).toEqual(second)
    expect((await loaded(storage)).stored?.states).toEqual([['mon', 5]])
  })

  it('of several versions lie beside each other, until one is forgotten', async () => {
    const storage = place()()
    const [first, second] = [head({ position: 9 }), head({ version: 2 })]
    await storage.save({ expected: undefined, next: first, states: [['mon', 1]], replaces: true })
    await storage.save({ expected: undefined, next: second, states: [['mon', 2]], replaces: true })
    expect(await loaded(storage)).toMatchObject({ stored: { states: [['mon', 1]] }, others: [second] })
    expect(await loaded(storage, 'days', 2)).toMatchObject({ stored: { states: [['mon', 2]] }, others: [first] })
    await storage.forget('days', 1)
    expect(await storage.load('days', 1)).toEqual({ stored: undefined, others: [second], wanted: 0 })
    expect(await loaded(storage, 'days', 2)).toMatchObject({ stored: { states: [['mon', 2]] }, others: [] })
  })

  it('are asked to be built anew until that build is there, and then without the states of the one before', async () => {
    const storage = place()()
    const first = head()
    const states: [string, number][] = [
      ['mon', 1],
      ['tue', 1],
    ]
    await storage.save({ expected: undefined, next: first, states, replaces: true })
    expect([await storage.want('days', 1), await storage.want('days', 1)]).toEqual([1, 1])
    expect((await storage.load('days', 1)).wanted).toBe(1)
    const moved = head({ position: 5 })
    await storage.save({ expected: first, next: moved, states: [['mon', 5]], replaces: false })
    expect((await storage.load('days', 1)).wanted).toBe(1)
    const built = head({ build: 1, position: 3 })
    expect(await storage.save({ expected: first, next: built, states: [], replaces: true })).toEqual(moved)
    await storage.save({ expected: moved, next: built, states: [['mon', 3]], replaces: true })
    expect(await loaded(storage)).toEqual({
      stored: { head: built, states: [['mon', 3]] },
      others: [],
      wanted: 0,
    })
    expect(await storage.want('days', 1)).toBe(2)
  })

  it('of thousands of keys come back whole, whichever of them change together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.nat(3000), { maxLength: 400 }), { maxLength: 4 }),
        async (changes) => {
          const storage: CheckpointStorage = place()()
          const expected = new Map<string, unknown>()
          let last: CheckpointHead | undefined
          for (const [index, numbers] of changes.entries()) {
            const next = head({ position: index + 1 })
            const states = numbers.map((number): [string, unknown] => [`day ${number}`, { index, number }])
            for (const [key, state] of states) expected.set(key, state)
            await storage.save({ expected: last, next, states, replaces: last === undefined })
            last = next
          }
          const { stored } = await storage.load('days', 1)
          const states = [...(stored?.states ?? [])]
          expect(new Map(states)).toEqual(expected)
          expect(states.length).toBe(expected.size)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('remember what was left out', async () => {
    const storage = place()()
    const fault = { eventId: 'e', message: 'm' }
    const faults = { skipped: 2, listed: [fault], parked: [['mon', fault] as const] }
    await storage.save({ expected: undefined, next: head({ faults }), states: [], replaces: true })
    expect((await storage.load('days', 1)).stored?.head).toEqual(head({ faults }))
  })
})

describe('checkpoints in Dexie', () => {
  it('are one record, and few more for what has changed since, as thousands take long to read', async () => {
    const indexedDB = new IDBFactory()
    const storage = openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
    const model = new Map(Array.from({ length: 5000 }, (_, day): [string, number] => [`2026-${day}`, day]))
    let last = head()
    await storage.save({ expected: undefined, next: last, states: [...model], replaces: true })
    const dexie = await new Dexie('larder/derived', { indexedDB, IDBKeyRange }).open()
    const rows = dexie.table('checkpointStates')
    expect(await rows.count()).toBe(1)
    const counts: number[] = []
    for (let change = 0; change < 60; change++) {
      const [key, state] = [`2026-${change * 7}`, -change]
      model.set(key, state)
      const next = head({ position: last.position + 1 })
      await storage.save({ expected: last, next, states: [[key, state]], replaces: false })
      last = next
      counts.push(await rows.count())
    }
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 25])
    const { states } = (await loaded(storage)).stored ?? {}
    expect(states?.length).toBe(5000)
    expect(new Map(states)).toEqual(model)
    dexie.close()
    storage.close()
  })

  it.each(['what was packed once', 'what has changed since'])(
    'are as good as none where %s is damaged',
    async (part) => {
      const indexedDB = new IDBFactory()
      const storage = openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
      await storage.save({ expected: undefined, next: head(), states: [['mon', 'lunch']], replaces: true })
      const moved = head({ position: 5 })
      await storage.save({ expected: head(), next: moved, states: [['tue', 'lunch']], replaces: false })
      const dexie = await new Dexie('larder/derived', { indexedDB, IDBKeyRange }).open()
      const row = (await dexie.table('checkpointStates').toArray()).find(
        ({ states }) => (typeof states === 'string') === (part === 'what has changed since'),
      )
      const torn = (text: string) => text.replace('lunch', 'punch')
      const tornBytes = (bytes: Uint8Array) => new TextEncoder().encode(torn(new TextDecoder().decode(bytes)))
      const states =
        typeof row.states === 'string' ? torn(row.states) : { ...row.states, bytes: tornBytes(row.states.bytes) }
      await dexie.table('checkpointStates').put({ ...row, states })
      // Whoever has read it before is not let on with it either.
      const many = Array.from({ length: 300 }, (_, day): [string, number] => [`2026-${day}`, day])
      await expect(
        storage.save({ expected: moved, next: head({ position: 6 }), states: [...many, ['tue', 2]], replaces: false }),
      ).rejects.toThrow('damaged')
      expect(await storage.load('days', 1)).toEqual({ stored: undefined, others: [], wanted: 0 })
      // Nothing is added to it: there is room for a new one.
      const next = head({ position: 6 })
      expect(await storage.save({ expected: moved, next, states: [['wed', 1]], replaces: false })).toBeUndefined()
      await storage.save({ expected: undefined, next, states: [['wed', 1]], replaces: true })
      expect((await loaded(storage)).stored?.states).toEqual([['wed', 1]])
      dexie.close()
      storage.close()
    },
  )

  it('of an earlier version are as good as none, and that version reads none of these', async () => {
    const indexedDB = new IDBFactory()
    const stores = {
      wanted: '[projection+version]',
      snapshots: '[aggregate+stream]',
      checkpoints: '[projection+version]',
      checkpointRows: '[projection+version+row]',
    }
    const before = earlier(indexedDB, 3, stores)
    await before.table('checkpoints').put(head())
    await before.table('checkpointRows').put({ projection: 'days', version: 1, row: 0, states: [['mon', 1]] })
    before.close()
    await findNothingAndSave(indexedDB)
    const after = earlier(indexedDB, 3, stores)
    expect([await after.table('checkpoints').count(), await after.table('checkpointRows').count()]).toEqual([0, 0])
    after.close()
    // And what it may have done leaves room for these.
    const again = openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
    expect((await loaded(again)).stored?.states).toEqual([['mon', 2]])
    again.close()
  })

  it('of an earlier layout are as good as none, and leave room for new ones', async () => {
    const indexedDB = new IDBFactory()
    const before = earlier(indexedDB, 2, {
      versionHeads: '[projection+version]',
      versionStates: '[projection+version+key]',
      wanted: '[projection+version]',
      snapshots: '[aggregate+stream]',
    })
    await before.table('versionHeads').put(head())
    await before.table('versionStates').put({ projection: 'days', version: 1, key: 'mon', state: 1 })
    await before.table('snapshots').put({ aggregate: 'a', stream: 's' })
    before.close()
    await findNothingAndSave(indexedDB)
    const dexie = await new Dexie('larder/derived', { indexedDB, IDBKeyRange }).open()
    expect(dexie.tables.map(({ name }) => name).sort()).toEqual([
      'checkpointHeads',
      'checkpointStates',
      'firsts',
      'snapshots',
      'wanted',
    ])
    expect(await dexie.table('snapshots').count()).toBe(1)
    dexie.close()
  })
})

/** The database as an app of before has it. */
function earlier(indexedDB: IDBFactory, version: number, stores: Readonly<Record<string, string>>): Dexie {
  const dexie = new Dexie('larder/derived', { indexedDB, IDBKeyRange })
  dexie.version(version).stores({ ...stores })
  return dexie
}

/** Of what was there nothing is found, and what is saved now is. */
async function findNothingAndSave(indexedDB: IDBFactory): Promise<void> {
  const storage = openDexieCheckpoints('larder', { indexedDB, IDBKeyRange })
  expect(await storage.load('days', 1)).toEqual({ stored: undefined, others: [], wanted: 0 })
  await storage.save({ expected: undefined, next: head(), states: [['mon', 2]], replaces: true })
  expect((await loaded(storage)).stored?.states).toEqual([['mon', 2]])
  storage.close()
}

/** With the states unpacked. */
async function loaded(storage: CheckpointStorage, projection = 'days', version = 1) {
  const { stored, ...rest } = await storage.load(projection, version)
  return { stored: stored && { ...stored, states: [...stored.states] }, ...rest }
}

/** A tab as far as projections go; counts the events that it folds. */
class Tab {
  folded = 0
  readonly #store: EventStore
  readonly #projector: Projector

  private constructor(store: EventStore, projector: Projector) {
    this.#store = store
    this.#projector = projector
  }

  static async open(
    disk: MemoryDisk,
    storage: CheckpointStorage,
    clock: VirtualClock,
    version = 1,
    authority: 'local' | 'server' = 'local',
  ): Promise<Tab> {
    const store = await openStore({ disk, authority })
    const counted = defineProjection('days', {
      version,
      events: [Noted],
      key: ({ data }) => data.days ?? [],
      initial: (): readonly string[] => [],
      evolve: {
        Noted: (lines, { data }) => {
          tab.folded++
          if (data.text === 'boom') throw new RangeError('boom')
          return [...lines, `${version} ${data.text}`]
        },
      },
    })
    const domain: Domain = defineDomain({ version: 'notes', events: [Noted], projections: [counted] })
    const tab: Tab = new Tab(
      store,
      new Projector(domain, store, { checkpoints: createCheckpoints(storage, store, domain, { clock, logger }) }),
    )
    return tab
  }

  /** As commit n. Where a server gives out positions, it confirms it, and marks its log there by all that it holds. */
  async confirm(text: string, n: number): Promise<void> {
    await this.#store.append(prepared(noted(text, 'mon'), { id: uuid(n) }))
    const [record] = this.#store.known.pending.records
    if (record === undefined) return
    const { head, meta } = this.#store.known
    const draft = buildRequest(this.#store.known, [], { domain: 'notes', echo: true, limits: BATCH_TARGETS })
    const { id, device, seq } = record
    const receivedAt = '2026-11-23T12:00:01.000Z'
    const response = emptyResponse({
      commits: [{ id, device, seq, position: head + 1, receivedAt, echo: true }],
      cursor: { epoch: 'epoch-1', position: head + 1, mark: `${meta.cursor?.mark} ${n}` },
    })
    const context = { now: NOON, random: () => 0.5, maxAttempts: 3 }
    expect(await applyResponse(this.#store, draft, response, context)).toMatchObject({ applied: true })
  }

  append = (text: string, day: string) => this.#store.append(prepared(noted(text, day)))
  async state(day: string): Promise<unknown> {
    await this.#store.refresh()
    return this.#projector.state('days', day, 'all')
  }
  async close(): Promise<void> {
    await this.#projector.close()
    await this.#store.close()
  }
}

describe('a projection with checkpoints', () => {
  it('folds at the next open only what came after', async () => {
    const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
    const first = await Tab.open(disk, storage, clock)
    for (let n = 0; n < 10; n++) await first.append(`${n}`, 'mon')
    await first.state('mon')
    await first.close()
    const second = await Tab.open(disk, storage, clock)
    await second.append('late', 'mon')
    expect(await second.state('mon')).toEqual([...Array.from({ length: 10 }, (_, n) => `1 ${n}`), '1 late'])
    expect(second.folded).toBe(1)
    await second.close()
  })

  it('saves a second after a change, so that a kill costs no more than that', async () => {
    const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
    const killed = await Tab.open(disk, storage, clock)
    await killed.append('a', 'mon')
    await killed.state('mon')
    await clock.advance(1000)
    await killed.append('b', 'mon')
    await killed.state('mon')
    const next = await Tab.open(disk, storage, clock)
    expect(await next.state('mon')).toEqual(['1 a', '1 b'])
    expect(next.folded).toBe(1)
  })

  it('is folded anew when its version is another, when the log is another, or when nothing can be read', async () => {
    const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
    const first = await Tab.open(disk, storage, clock)
    await first.append('a', 'mon')
    await first.state('mon')
    await first.close()
    const newer = await Tab.open(disk, storage, clock, 2)
    expect(await newer.state('mon')).toEqual(['2 a'])
    await newer.close()
    const meta = disk.tables.meta.records.get('log')
    if (meta !== undefined) disk.tables.meta.records.set('log', { ...meta, repairs: 1 })
    const repaired = await Tab.open(disk, storage, clock, 2)
    expect(await repaired.state('mon')).toEqual(['2 a'])
    expect(repaired.folded).toBe(1)
    await repaired.close()
    const broken: CheckpointStorage = {
      load: () => Promise.reject(new Error('no')),
      save: () => Promise.reject(new Error('no')),
      want: () => Promise.reject(new Error('no')),
      forget: () => Promise.reject(new Error('no')),
      close: nothing,
    }
    const without = await Tab.open(disk, broken, clock)
    expect(await without.state('mon')).toEqual(['1 a'])
    await without.close()
    const elsewhere = await Tab.open(new MemoryDisk(), storage, clock, 2)
    expect(await elsewhere.state('mon')).toEqual([])
  })

  it.each(['local', 'server'] as const)(
    'is folded anew when the log was set back, and has gone on with something else since (%s)',
    async (authority) => {
      const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
      const open = () => Tab.open(disk, storage, clock, 1, authority)
      const first = await open()
      await first.confirm('a', 1)
      const [meta, segment] = [disk.tables.meta.records.get('log'), disk.confirmed.records.get(1)]
      await first.confirm('b', 2)
      await first.confirm('c', 3)
      expect(await first.state('mon')).toEqual(['1 a', '1 b', '1 c'])
      await first.close()
      for (const key of [...disk.confirmed.records.keys()]) disk.confirmed.delete(key)
      if (meta !== undefined && segment !== undefined) {
        disk.tables.meta.put('log', meta)
        disk.confirmed.put(1, segment)
      }
      const behind = await open()
      expect(await behind.state('mon')).toEqual(['1 a'])
      await clock.advance(1000)
      await behind.confirm('x', 4)
      // Another server may have the same commit at the same place, behind others.
      await behind.confirm('c', authority === 'server' ? 3 : 5)
      await behind.confirm('z', 6)
      const folded: number[] = []
      for (let nth = 0; nth < 2; nth++) {
        const next = await open()
        expect(await next.state('mon')).toEqual(['1 a', '1 x', '1 c', '1 z'])
        folded.push(next.folded)
        await clock.advance(1000)
        await next.close()
      }
      expect(folded).toEqual([4, 0])
    },
  )

  it('is not saved when it has met a fault or a hole: the next open meets them again', async () => {
    const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
    const first = await Tab.open(disk, storage, clock)
    await first.append('a', 'mon')
    await first.state('mon')
    await first.append('boom', 'mon')
    await first.append('c', 'mon')
    await failureOf(() => first.state('mon'))
    await first.close()
    const second = await Tab.open(disk, storage, clock)
    expect((await failureOf(() => second.state('mon'))).code).toBe('projection-faulted')
    await second.close()
    const other = new MemoryDisk()
    const writer = await Tab.open(other, storage, clock, 2)
    for (const text of ['a', 'b', 'c']) await writer.append(text, 'mon')
    await writer.close()
    const segment = other.confirmed.records.get(2)
    if (segment !== undefined) other.confirmed.records.set(2, { ...segment, checksum: 7 })
    const holed = await Tab.open(other, storage, clock, 2)
    expect(await holed.state('mon')).toEqual(['2 a', '2 c'])
    await holed.close()
    if (segment !== undefined) other.confirmed.records.set(2, segment)
    const whole = await Tab.open(other, storage, clock, 2)
    expect(await whole.state('mon')).toEqual(['2 a', '2 b', '2 c'])
    await whole.close()
  })

  it('does not wait for checkpoints that never come', async () => {
    const [disk, clock] = [new MemoryDisk(), new VirtualClock()]
    const silent: CheckpointStorage = {
      load: () => new Promise(() => undefined),
      save: () => new Promise(() => undefined),
      want: () => new Promise(() => undefined),
      forget: () => new Promise(() => undefined),
      close: nothing,
    }
    const tab = await Tab.open(disk, silent, clock)
    await tab.append('a', 'mon')
    const state = tab.state('mon')
    await clock.advance(3000)
    expect(await state).toEqual(['1 a'])
    const closing = tab.close()
    await clock.advance(1000)
    await closing
  })

  it('never shows another state than folding from the beginning, however tabs open, save, close and are killed', async () => {
    const action = fc.record({
      tab: fc.nat(2),
      do: fc.constantFrom('append', 'append', 'look', 'save', 'close', 'kill'),
      day: fc.constantFrom('mon', 'tue', 'wed'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
        const tabs: (Tab | undefined)[] = []
        const expected = new Map<string, string[]>()
        let n = 0
        for (const { tab: index, do: what, day } of actions) {
          tabs[index] ??= await Tab.open(disk, storage, clock)
          const tab = tabs[index]
          if (what === 'append') {
            const text = `${++n}`
            await tab.append(text, day)
            expected.set(day, [...(expected.get(day) ?? []), `1 ${text}`])
          } else if (what === 'look') expect(await tab.state(day)).toEqual(expected.get(day) ?? [])
          else if (what === 'save') await clock.advance(1000)
          else {
            if (what === 'close') await tab.close()
            tabs[index] = undefined
          }
        }
        const last = await Tab.open(disk, storage, clock)
        for (const day of ['mon', 'tue', 'wed']) expect(await last.state(day)).toEqual(expected.get(day) ?? [])
      }),
      { numRuns: 200 },
    )
  })
})
