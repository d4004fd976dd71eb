import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { damageOf, toStored } from '../../src/store/check-segment.ts'
import { compact } from '../../src/store/compact.ts'
import { COMPACTION_LIMITS } from '../../src/store/compaction-plan.ts'
import { hasMark, markBehind } from '../../src/store/log-mark.ts'
import type { StoredSegment } from '../../src/store/records.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { readAnswer } from '../../src/sync/answer.ts'
import { repairDamage } from '../../src/sync/repair.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const MISSING = 'it is missing'

let clock: VirtualClock
let phone: Device

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
})

const keysOn = ({ confirmed }: MemoryDisk): number[] => [...confirmed.keys.inRange({})]
const notesOn = ({ tables }: MemoryDisk) => [...tables.quarantine.records.values()]
const positions = async (larder: Larder, direction: 'forward' | 'backward') =>
  (await larder.events({ direction })).events.map(({ position }) => position)

/** A log of its own with as many commits of one note each. */
async function localLog(commits: number): Promise<void> {
  const writer = await phone.openTab()
  for (let n = 1; n <= commits; n++) await writer.append(noted(`lunch ${n}`, 'mon'))
  await writer.close()
}

describe('C30 a segment of a local store that is gone', () => {
  it.each([
    ['in the middle', [3], [3, 3]],
    ['at the very beginning', [1], [1, 1]],
    ['with its neighbours', [2, 3, 4], [2, 4]],
  ] as const)('%s: the others are read, and what is missing is named', async (_, gone, [first, last]) => {
    await localLog(5)
    for (const key of gone) phone.disk.confirmed.delete(key)
    const left = keysOn(phone.disk)
    const larder = await phone.openTab()
    expect(await larder.get(journal)).toEqual(left.map((n) => `lunch ${n}`))
    expect(await positions(larder, 'forward')).toEqual(left)
    expect(await positions(larder, 'backward')).toEqual(left.toReversed())
    const fed: unknown[] = []
    larder.events$().subscribe(({ position }) => fed.push(position))
    await clock.advance(1000)
    expect(fed).toEqual(left)
    await larder.append(noted('lunch 6', 'mon'))
    expect(await larder.get(byDay, 'mon')).toEqual([...left, 6].map((n) => `lunch ${n}`))
    const id = `confirmed:${last}`
    const named = { id, reason: MISSING, range: { first, last }, repaired: false }
    expect(await larder.verify()).toMatchObject({ ok: false, segments: left.length + 1, damaged: [named] })
    const health = watch(larder.health$)
    await clock.advance(100)
    expect(health.last()?.damaged).toEqual([{ id, reason: MISSING }])
    expect(notesOn(phone.disk)).toMatchObject([{ id, reason: MISSING, range: { first, last }, record: undefined }])
    // Nobody can put it back: it stays reported, whatever is opened and tried.
    await larder.close()
    const again = await phone.openTab()
    await clock.advance(600_000)
    expect((await again.verify()).damaged).toEqual([named])
    await again.close()
  })

  it.each(['forward', 'backward', 'feed', 'projection', 'state at', 'backup', 'verify', 'compaction'] as const)(
    'is noticed by whatever reads over it: %s',
    async (way) => {
      await localLog(12)
      phone.disk.confirmed.delete(6)
      phone.disk.confirmed.delete(7)
      const larder = await phone.openTab()
      if (way === 'forward' || way === 'backward') {
        let page = await larder.events({ direction: way, limit: 2 })
        while (page.next !== undefined) page = await larder.events({ direction: way, limit: 2, after: page.next })
      }
      if (way === 'feed') larder.events$().subscribe(() => undefined)
      if (way === 'projection') await larder.get(journal)
      if (way === 'state at') await larder.stateAt(journal, { position: 9 })
      if (way === 'verify') await larder.verify()
      if (way === 'compaction') await larder.compact()
      if (way === 'backup') {
        const text = await new Response(larder.backup.export()).text()
        expect(text).toContain('"kind":"unreadable","first":6,"last":7')
      }
      await clock.advance(100)
      expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:7', range: { first: 6, last: 7 } }])
      await larder.close()
    },
  )

  it('is named whole by who begins to read within it', async () => {
    await localLog(9)
    const larder = await phone.openTab()
    const { next } = await larder.events({ limit: 4 })
    for (const key of [3, 4, 5, 6]) phone.disk.confirmed.delete(key)
    expect((await larder.events(next === undefined ? {} : { after: next })).events).toHaveLength(3)
    await clock.advance(100)
    expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:6', range: { first: 3, last: 6 } }])
    await larder.close()
  })

  it('counts as part of what is damaged right behind it', async () => {
    await localLog(5)
    const row = structuredClone(phone.disk.confirmed.records.get(4))
    if (row === undefined) throw new Error('There is a fourth.')
    phone.disk.confirmed.put(4, { ...row, checksum: 7 })
    phone.disk.confirmed.delete(3)
    const larder = await phone.openTab()
    expect(await positions(larder, 'forward')).toEqual([1, 2, 5])
    expect((await larder.verify()).damaged).toMatchObject([{ id: 'confirmed:4', range: { first: 3, last: 4 } }])
    await clock.advance(100)
    expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:4', range: { first: 3, last: 4 } }])
    phone.disk.confirmed.delete(2)
    expect(await positions(larder, 'forward')).toEqual([1, 5])
    await clock.advance(100)
    expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:4', range: { first: 2, last: 4 } }])
    await larder.close()
  })

  it('keeps compaction from joining what lies around it', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    for (let n = 0; n < 300; n++) await store.append(prepared(noted(`${n}`)))
    disk.confirmed.delete(100)
    let after: number | undefined = 0
    while (after !== undefined)
      after = (await compact(store, { codec: undefined, after, sealUpTo: 300, isStopped: () => false })).next
    expect([...disk.confirmed.records.values()].map(({ first, last }) => [first, last])).toEqual([
      [1, 99],
      [101, 300],
    ])
    for (const segment of disk.confirmed.records.values()) expect(damageOf(segment)).toBeUndefined()
    expect(await verifyStore(store)).toMatchObject({ events: 299, damaged: [{ id: 'confirmed:100', reason: MISSING }] })
    await store.close()
  })
})

describe('C30 a segment of a synced store that is gone', () => {
  let server: SyncServer

  beforeEach(() => {
    server = new SyncServer()
  })

  /** As many commits of two notes each, all of them synced. */
  async function syncedLog(commits: number): Promise<string[]> {
    const writer = await phone.openTab({ server })
    for (let n = 1; n <= commits; n++) {
      await writer.append([noted(`lunch ${n}`, 'mon'), noted(`tea ${n}`, 'mon')])
      await clock.advance(60_000)
    }
    await writer.close()
    return Array.from({ length: commits }, (_, n) => [`lunch ${n + 1}`, `tea ${n + 1}`]).flat()
  }

  it('is pulled again from the last mark before it, in every tab', async () => {
    const whole = await syncedLog(5)
    const before = phone.disk.confirmed.records.get(6)
    phone.disk.confirmed.delete(6)
    server.instead = () => answer(503, '')
    const tabs = [await phone.openTab({ server }), await phone.openTab({ server })] as const
    const holed = whole.filter((text) => !text.endsWith('3'))
    for (const tab of tabs) expect(await tab.get(journal)).toEqual(holed)
    await clock.advance(100)
    expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:6', range: { first: 5, last: 6 }, reason: MISSING }])
    server.instead = undefined
    const asked = server.requests.length
    await clock.advance(600_000)
    for (const tab of tabs) {
      expect(await tab.get(journal)).toEqual(whole)
      const health = watch(tab.health$)
      await clock.advance(100)
      expect(health.last()?.damaged).toEqual([])
    }
    expect(server.requests.slice(asked).some(({ cursor }) => cursor?.position === 4)).toBe(true)
    expect(await tabs[0].verify()).toMatchObject({
      ok: true,
      events: 10,
      damaged: [{ id: 'confirmed:6', reason: MISSING, repaired: true }],
    })
    // With its mark and the versions of its streams, as if it had never been away.
    expect(phone.disk.confirmed.records.get(6)).toEqual(before)
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  it.each([
    ['the last one', [10]],
    ['the last two', [8, 10]],
    ['the first two', [2, 4]],
    ['all of them', [2, 4, 6, 8, 10]],
  ])('%s: the sync goes on, and it is pulled again', async (_, gone) => {
    const whole = await syncedLog(5)
    for (const key of gone) phone.disk.confirmed.delete(key)
    await server.append([noted('from elsewhere', 'mon')], { id: uuid(77) })
    const larder = await phone.openTab({ server })
    await larder.append(noted('lunch 6', 'mon'))
    await clock.advance(600_000)
    const texts = await server.texts()
    expect(texts.slice(0, 11)).toEqual([...whole, 'from elsewhere'])
    expect(await larder.get(journal)).toEqual(texts)
    expect(await larder.verify()).toMatchObject({ ok: true, pending: 0, events: texts.length })
    await larder.append(noted('strict'), { expectedVersion: texts.length })
    await clock.advance(60_000)
    expect(await larder.deadLetters.list()).toEqual([])
    expect(await server.texts()).toEqual([...texts, 'strict'])
    await larder.close()
  })

  it('at its end is noticed when the store opens', async () => {
    await syncedLog(3)
    phone.disk.confirmed.delete(6)
    server.instead = () => answer(503, '')
    const larder = await phone.openTab({ server })
    await clock.advance(100)
    expect(notesOn(phone.disk)).toMatchObject([{ id: 'confirmed:6', range: { first: 5, last: 6 }, reason: MISSING }])
    const text = await new Response(larder.backup.export()).text()
    expect(text).toContain('"kind":"unreadable","first":5,"last":6')
    expect((await larder.verify()).damaged).toMatchObject([{ range: { first: 5, last: 6 }, reason: MISSING }])
    await larder.close()
  })

  it('whose damage was noted before it was lost is not taken for repaired, but pulled again', async () => {
    await syncedLog(4)
    const row = phone.disk.confirmed.records.get(4)
    if (row === undefined) throw new Error('There is a second.')
    phone.disk.confirmed.put(4, { ...row, checksum: 7 })
    server.instead = () => answer(503, '')
    const first = await phone.openTab({ server })
    await first.get(journal)
    await first.close()
    phone.disk.confirmed.delete(4)
    // It syncs, but is not given the range again.
    server.instead = ({ echo }) => (echo ? undefined : answer(503, ''))
    const second = await phone.openTab({ server })
    await clock.advance(600_000)
    expect((await second.verify()).damaged).toMatchObject([{ id: 'confirmed:4', repaired: false }])
    await second.close()
    server.instead = undefined
    const third = await phone.openTab({ server })
    await clock.advance(600_000)
    expect(await third.verify()).toMatchObject({
      ok: true,
      events: 8,
      damaged: [{ id: 'confirmed:4', repaired: true }],
    })
    await third.close()
  })

  describe('pulled by hand', () => {
    const never = new AbortController().signal
    const disk = () => new MemoryDisk()

    /** The log of a device with as many commits of one event each, and what exchanges with the server for it. */
    async function synced(commits: number, on = disk()) {
      const store = await openStore({ disk: on, authority: 'server' })
      const exchange = exchangeBetween(store, server)
      const made = Array.from({ length: commits }, (_, n) => prepared(noted(`${n + 1}`), { id: uuid(n + 1) }))
      const sync = () => exchange.run(store.known.meta.term, never)
      for (const commit of made) {
        await store.append(commit)
        await sync()
      }
      return { store, exchange, made, sync, disk: on }
    }

    it('with a commit that is appended again meanwhile: it has one place, and whoever waits for it is told', async () => {
      const { store, exchange, made, sync, disk } = await synced(3)
      disk.confirmed.delete(2)
      const [, again] = made
      if (again === undefined) throw new Error('There is a second.')
      await store.append({ ...again }, { lookUp: true })
      const sent: number[] = []
      server.instead = ({ commits }) => {
        sent.push(commits.length)
        return undefined
      }
      // Once: the server has said that it has it, and it waits here for its place.
      for (let n = 0; n < 3; n++) expect(await sync()).toMatchObject({ kind: 'succeeded' })
      expect(sent).toEqual([1, 0, 0])
      expect(store.known.pending.records.map(({ id }) => id)).toEqual([again.id])
      await store.readConfirmed(0, 10)
      const told: unknown[] = []
      expect(await exchange.repair(store.known.meta.term, never, (changes) => told.push(...changes))).toBe(1)
      expect(told).toEqual([{ commit: again.id, to: 'confirmed', position: 2 }])
      expect(await verifyStore(store)).toMatchObject({ ok: true, pending: 0, events: 3 })
      expect(await server.texts()).toEqual(['1', '2', '3'])
      await store.close()
    })

    const damageOver = (first: number, last: number) => ({ key: last, first, last, reason: MISSING })
    const optionsFor = ({ store }: Awaited<ReturnType<typeof synced>>) => ({
      ...{ store, domain: 'notes 1', term: store.known.meta.term, now: () => 7, onChanges: () => undefined },
      ask: async (body: string) =>
        readAnswer(await server.transport().post({ path: 'exchange', body, token: undefined, signal: never }), 0),
    })

    it.each([
      ['counts it', 0],
      ['was confirmed when nobody knew of it', 7],
    ])('that is long is put in place in parts, from its beginning, where what lies behind %s', async (_, less) => {
      const world = await synced(12)
      const { store, disk } = world
      for (const key of [3, 4, 5, 6, 7, 8, 9]) disk.confirmed.delete(key)
      for (const key of [10, 11, 12]) restate(disk, key, less)
      await store.readConfirmed(0, 20)
      let writes = 0
      const stated: number[] = []
      store.subscribe(({ change }) => {
        if (change.repaired !== true) return
        writes++
        stated.push(disk.confirmed.records.get(12)?.streamVersions[0] ?? 0)
      })
      expect(await repairDamage(damageOver(3, 9), { ...optionsFor(world), part: { events: 3, units: 1e6 } })).toBe(true)
      expect(writes).toBe(3)
      // Never more than there are, and never less than can be counted.
      expect(stated).toEqual(less === 0 ? [12, 12, 12] : [8, 11, 12])
      expect(await verifyStore(store)).toMatchObject({ ok: true, events: 12 })
      expect(await store.quarantined()).toMatchObject([{ key: 9, range: { first: 3, last: 9 }, repairedAt: 7 }])
      expect(store.damages.all).toEqual([])
      await store.close()
    })

    it('that is put in place in part is noted as what is left, and goes on from there', async () => {
      const world = await synced(9)
      const { store, disk } = world
      for (const key of [3, 4, 5, 6]) disk.confirmed.delete(key)
      await store.readConfirmed(0, 20)
      const options = { ...optionsFor(world), part: { events: 2, units: 1e6 } }
      // The server gives one page, and then no more.
      let left = 1
      const ask = (body: string) => (left-- > 0 ? options.ask(body) : options.ask('{}'))
      expect(await repairDamage(damageOver(3, 6), { ...options, ask, part: { events: 1, units: 1 } })).toBe(false)
      const texts = () => store.readConfirmed(0, 20).then((all) => all.map(({ last }) => last))
      expect(await texts()).toEqual([1, 2, 3, 6, 7, 8, 9])
      expect(await repairDamage(damageOver(3, 6), options)).toBe(true)
      expect(await verifyStore(store)).toMatchObject({ ok: true, events: 9 })
      await store.close()
    })

    it('is left to the tab that leads, and to a log that is still the same', async () => {
      const world = await synced(6)
      const { store, disk } = world
      disk.confirmed.delete(3)
      const damage = damageOver(3, 3)
      expect(await repairDamage(damage, { ...optionsFor(world), term: 5 })).toBe(false)
      // While it is asked for: another tab puts it in place first; then what lies behind is merged, and it is looked at again.
      const { ask } = optionsFor(world)
      const other = await openStore({ disk, authority: 'server' })
      const compacts = async (body: string) => {
        const limits = { ...COMPACTION_LIMITS, tailRun: 2 }
        await compact(other, { codec: undefined, after: 0, sealUpTo: 0, limits, isStopped: () => false })
        return ask(body)
      }
      expect(await repairDamage(damage, { ...optionsFor(world), ask: compacts })).toBe(true)
      expect([...disk.confirmed.records.values()].map(({ first, last }) => [first, last]).sort()).toEqual([
        [1, 2],
        [3, 3],
        [4, 6],
      ])
      disk.confirmed.delete(3)
      const replaces = async (body: string) => {
        const twin = { ...optionsFor(world), store: other, ask }
        await other.refresh()
        expect(await repairDamage(damage, twin)).toBe(true)
        return ask(body)
      }
      expect(await repairDamage(damage, { ...optionsFor(world), ask: replaces })).toBe(false)
      expect(await verifyStore(store)).toMatchObject({ ok: true, events: 6 })
      expect(store.known.meta.repairs).toBe(2)
      await Promise.all([store.close(), other.close()])
    })

    it('at the end of a log that is then set back behind it stays reported, whatever the new log has there', async () => {
      const { store, exchange, sync, disk } = await synced(2)
      const backup = server.backup()
      for (const n of [3, 4]) await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
      await sync()
      for (const key of [3, 4]) disk.confirmed.delete(key)
      server.restore(backup)
      for (let n = 0; n < 9; n++) await sync()
      for (const n of [5, 6, 7]) await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
      for (let n = 0; n < 3; n++) await sync()
      expect(store.known.head).toBe(5)
      await exchange.repair(store.known.meta.term, never, () => undefined)
      expect(await verifyStore(store)).toMatchObject({
        ok: false,
        events: 5,
        damaged: [{ range: { first: 3, last: 4 }, reason: MISSING, repaired: false }],
      })
      await store.close()
    })

    it('settles what was noted of parts of it, as when its neighbours were lost one by one', async () => {
      const world = await synced(8)
      const { store, exchange, disk } = world
      for (const key of [3, 5, 4]) {
        disk.confirmed.delete(key)
        await store.readConfirmed(0, 20)
      }
      await clock.advance(0)
      expect((await store.quarantined()).map(({ key }) => key).sort()).toEqual([3, 5])
      expect(await exchange.repair(0, never, () => undefined)).toBe(1)
      expect((await store.quarantined()).every(({ repairedAt }) => repairedAt !== undefined)).toBe(true)
      expect(await verifyStore(store)).toMatchObject({ ok: true, events: 8 })
      await store.close()
    })

    it.each<[string, boolean, (segment: StoredSegment) => StoredSegment]>([
      ['its checksum', true, (segment) => ({ ...segment, checksum: 7 })],
      ['its events', true, ({ events, ...rest }) => ({ ...rest, events: { ...events, streams: [] } })],
      [
        'its commits',
        false,
        ({ commits, ...rest }) => ({ ...rest, commits: { ...commits, seqs: new Float64Array(1) } }),
      ],
      [
        'where they lay',
        false,
        ({ commits, ...rest }) => ({ ...rest, commits: { ...commits, turns: Uint32Array.of(9) } }),
      ],
      ['all of it', false, (all) => ({ ...all, commits: { ids: [] }, marks: 7 }) as unknown as StoredSegment],
    ])(
      'or damaged in %s: where its commits lay before a turn is kept as far as it can be believed',
      async (_, isKept, spoil) => {
        const { store, exchange, sync, disk } = await synced(2)
        const backup = server.backup()
        await store.append(prepared(noted('3'), { id: uuid(3) }))
        await sync()
        server.restore(backup)
        for (let n = 0; n < 9; n++) await sync()
        const before = disk.confirmed.records.get(3)
        if (before === undefined) throw new Error('It is confirmed again.')
        expect(before.commits).toMatchObject({ turns: Uint32Array.of(1), formerly: Float64Array.of(3) })
        disk.confirmed.records.set(3, spoil(before))
        await store.readConfirmed(0, 9)
        expect(await exchange.repair(store.known.meta.term, never, () => undefined)).toBe(1)
        const { turns, formerly, ...commits } = before.commits
        const { checksum: _sum, ...without } = { ...before, commits }
        expect(disk.confirmed.records.get(3)).toEqual(isKept ? before : toStored(without))
        await store.close()
      },
    )

    it('in part, though its last record is there again, is not taken for settled', async () => {
      const world = await synced(8)
      const { store, exchange, disk } = world
      const sixth = disk.confirmed.records.get(6)
      if (sixth === undefined) throw new Error('There is a sixth.')
      for (const key of [4, 5, 6]) disk.confirmed.delete(key)
      await store.readConfirmed(0, 20)
      await store.damages.load()
      disk.confirmed.put(6, sixth)
      expect(await exchange.repair(0, never, () => undefined)).toBe(0)
      expect(await store.quarantined()).toMatchObject([{ key: 6, range: { first: 4, last: 6 }, repairedAt: undefined }])
      await store.readConfirmed(0, 20)
      await store.damages.load()
      expect(await exchange.repair(0, never, () => undefined)).toBe(1)
      expect((await verifyStore(store)).damaged.map(({ id, repaired }) => [id, repaired])).toEqual([
        ['confirmed:5', true],
        ['confirmed:6', true],
      ])
      await store.close()
    })

    it('keeps nobody from knowing where a stream is, or a checkpoint from counting', async () => {
      const { store, disk } = await synced(5)
      const [, , third] = await store.readConfirmed(0, 5)
      if (third === undefined) throw new Error('There is a third.')
      const mark = markBehind(third.commits, third.marks, undefined)
      if (mark === undefined) throw new Error('It has a mark.')
      expect(await hasMark(store, 3, mark)).toBe(true)
      expect(await hasMark(store, 4, mark)).toBe(false)
      disk.confirmed.delete(3)
      expect(await hasMark(store, 3, mark)).toBe(true)
      await store.close()
    })
  })
})

/** Takes as many off the versions that a segment states. */
function restate(disk: MemoryDisk, key: number, less: number): void {
  const segment = disk.confirmed.records.get(key)
  if (segment === undefined) throw new Error(`There is no ${key}.`)
  const { checksum: _, ...rest } = segment
  disk.confirmed.put(key, toStored({ ...rest, streamVersions: segment.streamVersions.map((stated) => stated - less) }))
}
