import { beforeEach, describe, expect, it } from 'vitest'
import type { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { turnBack } from '../../src/store/turn-back.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const MISSING = 'it is missing'

let clock: VirtualClock
let phone: Device
let server: SyncServer

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
  server = new SyncServer()
})

const keysOn = ({ confirmed }: MemoryDisk): number[] => [...confirmed.keys.inRange({})]
const notesOn = ({ tables }: MemoryDisk) => [...tables.quarantine.records.values()]

describe('C30 the end of a local log that is gone', () => {
  /** Compaction has been through 1,200 events but for the last, and then something more was appended. */
  async function compacted(later = 0): Promise<void> {
    const writer = await phone.openTab()
    for (let n = 0; n < 12; n++)
      await writer.append(Array.from({ length: 100 }, (_, m) => noted(`${n * 100 + m}`, 'mon')))
    const compacting = writer.compact()
    await clock.advance(10_000)
    await compacting
    for (let n = 1; n <= later; n++) await writer.append(noted(`later ${n}`, 'mon'))
    await writer.close()
  }

  /** @param from how many of its segments are left */
  function loseTheEnd(from = 1): { first: number; last: number } {
    const done = phone.disk.tables.meta.records.get('log')?.compactedTo ?? 0
    for (const key of keysOn(phone.disk).slice(from)) phone.disk.confirmed.delete(key)
    const head = keysOn(phone.disk).at(-1) ?? 0
    expect(head).toBeLessThan(done)
    return { first: head + 1, last: done }
  }

  it('is known as far as compaction had come: it is named, and its positions are not given out again', async () => {
    await compacted(3)
    const lost = loseTheEnd()
    const larder = await phone.openTab()
    await clock.advance(100)
    const id = `confirmed:${lost.last}`
    expect(notesOn(phone.disk)).toMatchObject([{ id, range: lost, reason: MISSING }])
    const health = watch(larder.health$)
    await clock.advance(100)
    expect(health.last()?.damaged).toEqual([{ id, reason: MISSING }])
    expect(await new Response(larder.backup.export()).text()).toContain(
      `"kind":"unreadable","first":${lost.first},"last":${lost.last}`,
    )
    const day = watch(larder.view(byDay, 'last'))
    const { position } = await larder.append(noted('new', 'last'))
    expect(position).toBe(lost.last + 1)
    await clock.advance(100)
    expect(day.last()).toEqual(['new'])
    await larder.append([noted('two'), noted('three')])
    expect((await larder.get(journal)).slice(-3)).toEqual(['new', 'two', 'three'])
    expect(await larder.verify()).toMatchObject({ ok: false, damaged: [{ id, range: lost, repaired: false }] })
    await larder.close()
  })

  it.each([
    ['and nothing more', 0],
    ['and was gone on behind', 2],
  ])('is put back in its place from a backup that has it %s', async (_, more) => {
    await compacted()
    const writer = await phone.openTab()
    const backup = await new Response(writer.backup.export()).blob()
    await writer.close()
    const lost = loseTheEnd()
    const larder = await phone.openTab()
    for (let n = 0; n < more; n++) await larder.append(noted(`more ${n}`, 'mon'))
    const told = await larder.backup.import(backup.stream())
    expect(told).toMatchObject({ events: 1200 - (lost.first - 1) })
    // Of what was appended after the last compaction nobody knows: it comes behind what there is.
    const texts = Array.from({ length: 1200 }, (__, n) => `${n}`)
    texts.splice(lost.last, 0, ...Array.from({ length: more }, (__, n) => `more ${n}`))
    expect(await larder.get(journal)).toEqual(texts)
    const { events } = await larder.events({ direction: 'backward', limit: 1 })
    expect(events[0]?.position).toBe(1200 + more)
    expect(await larder.verify()).toMatchObject({ ok: true, events: 1200 + more })
    await larder.close()
  })

  it('is not written over by what comes from the backup of another store', async () => {
    const tablet = new Device(2, clock)
    const theirs = await tablet.openTab()
    for (let n = 0; n < 12; n++)
      await theirs.append(Array.from({ length: 100 }, (_, m) => noted(`their ${n * 100 + m}`, 'mon')))
    const backup = await new Response(theirs.backup.export()).blob()
    await theirs.close()
    await compacted()
    const lost = loseTheEnd()
    const larder = await phone.openTab()
    await larder.backup.import(backup.stream())
    const { events } = await larder.events({ direction: 'backward', limit: 1 })
    expect(events[0]?.position).toBe(lost.last + 1200)
    expect(await larder.verify()).toMatchObject({ ok: false, damaged: [{ range: lost, repaired: false }] })
    await larder.close()
  })

  it.each([0, 1])('stays named where the store begins to sync, of whose %i first segments are left', async (left) => {
    await compacted()
    const lost = loseTheEnd(left)
    const store = await openStore({ disk: phone.disk, authority: 'server' })
    expect(notesOn(phone.disk)).toMatchObject([{ id: `confirmed:${lost.last}`, range: lost, record: null }])
    await turnBack(store, () => true, 0)
    expect(store.known.pending.records).toHaveLength((lost.first - 1) / 100)
    expect((await verifyStore(store)).damaged).toMatchObject([{ range: lost, repaired: false }])
    await store.close()
  })
})

describe('C30 a meta record that is gone when the store opens', () => {
  it('of a local store: what is there is gone on behind', async () => {
    const first = await phone.openTab()
    for (const n of [1, 2, 3]) await first.append(noted(`${n}`))
    await first.close()
    phone.disk.tables.meta.delete('log')
    const second = await phone.openTab()
    expect((await second.append(noted('4'))).position).toBe(4)
    expect(await second.get(journal)).toEqual(['1', '2', '3', '4'])
    expect(await second.verify()).toMatchObject({ ok: true, events: 4 })
    await second.close()
    phone.disk.tables.meta.delete('log')
    // As one that begins to sync, whatever it was.
    const third = await phone.openTab({ server })
    await third.append(noted('5'))
    await clock.advance(600_000)
    expect(await server.texts()).toEqual(['1', '2', '3', '4', '5'])
    expect(await third.verify()).toMatchObject({ ok: true, events: 5, pending: 0 })
    await third.close()
  })

  it.each([true, false])(
    'of a synced store: all of it is offered again, and what waits is neither lost nor twice (synced at once: %s)',
    async (isSyncedAtOnce) => {
      const first = await phone.openTab({ server })
      for (const n of [1, 2, 3]) {
        await first.append(noted(`${n}`, 'mon'))
        await clock.advance(60_000)
      }
      await server.append(noted('theirs', 'mon'))
      await clock.advance(600_000)
      server.instead = () => answer(503, '')
      for (const n of [4, 5]) await first.append(noted(`${n}`, 'mon'))
      await first.close()
      phone.disk.tables.meta.delete('log')
      if (!isSyncedAtOnce) {
        const offline = await phone.openTab()
        expect((await offline.append(noted('6', 'mon'))).position).toBeUndefined()
        await offline.close()
      }
      server.instead = undefined
      const second = await phone.openTab({ server })
      if (isSyncedAtOnce) await second.append(noted('6', 'mon'))
      expect((await second.get(byDay, 'mon')).toSorted()).toEqual(['1', '2', '3', '4', '5', '6', 'theirs'])
      await clock.advance(600_000)
      expect(await server.texts()).toEqual(['1', '2', '3', 'theirs', '4', '5', '6'])
      expect(await second.get(journal)).toEqual(await server.texts())
      expect(await second.verify()).toMatchObject({ ok: true, events: 7, pending: 0, deadLetters: 0 })
      await second.close()
    },
  )
})

it.each(['gone', 'damaged', 'damaged in what it was'] as const)(
  'a segment that is %s with the meta record is reported until its events are back',
  async (how) => {
    const first = await phone.openTab({ server })
    for (const n of [1, 2, 3]) {
      await first.append(noted(`${n}`, 'mon'))
      await clock.advance(60_000)
    }
    await first.close()
    const segment = phone.disk.confirmed.records.get(2)
    if (segment === undefined) throw new Error('Each has its own.')
    if (how === 'gone') phone.disk.confirmed.delete(2)
    else if (how === 'damaged') phone.disk.confirmed.put(2, { ...segment, checksum: 7 })
    else phone.disk.confirmed.put(2, { ...segment, commits: { ...segment.commits, ids: ['strange'] } })
    phone.disk.tables.meta.delete('log')
    const offline = await phone.openTab()
    expect(await offline.verify()).toMatchObject({ ok: false, damaged: [{ id: 'confirmed:2', repaired: false }] })
    await offline.close()
    const second = await phone.openTab({ server })
    const beside = await phone.openTab({ server })
    const told = [watch(second.health$), watch(beside.health$)]
    await clock.advance(600_000)
    expect(await server.texts()).toEqual(['1', '2', '3'])
    expect(await second.get(journal)).toEqual(['1', '2', '3'])
    // What nobody can tell to be there again stays named.
    const isBack = how !== 'damaged in what it was'
    for (const health of told) expect(health.last()?.damaged).toHaveLength(isBack ? 0 : 1)
    const damaged = [{ id: 'confirmed:2', repaired: isBack }]
    expect(await second.verify()).toMatchObject({ ok: isBack, events: 3, damaged })
    if (how !== 'gone') expect(notesOn(phone.disk)).toMatchObject([{ record: { last: 2 } }])
    for (const tab of [second, beside]) await tab.close()
  },
)

it('a dead letter of a log without its meta record comes back where nothing else lies', async () => {
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false })]
  const first = await phone.openTab({ server })
  for (const text of ['one', 'bad']) {
    await first.append(noted(text))
    await clock.advance(60_000)
  }
  const [letter] = await first.deadLetters.list()
  await first.close()
  phone.disk.tables.meta.delete('log')
  server.instead = () => answer(503, '')
  const second = await phone.openTab({ server })
  await clock.advance(1000)
  for (const text of ['x', 'y', 'z']) await second.append(noted(text))
  server.rules = []
  await second.deadLetters.retry(letter?.id ?? '')
  server.instead = undefined
  await clock.advance(600_000)
  expect((await server.texts()).toSorted()).toEqual(['bad', 'one', 'x', 'y', 'z'])
  expect((await second.get(journal)).toSorted()).toEqual(['bad', 'one', 'x', 'y', 'z'])
  await second.close()
})

it('what was discarded of a log without its meta record makes the next one no older than it is', async () => {
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false })]
  const first = await phone.openTab({ server })
  for (const text of ['one', 'two', 'bad']) await first.append(noted(text))
  await clock.advance(60_000)
  const [letter] = await first.deadLetters.list()
  await first.deadLetters.discard(letter?.id ?? '')
  await clock.advance(60_000)
  await first.close()
  phone.disk.tables.meta.delete('log')
  const devices: unknown[] = []
  for (let session = 0; session < 3; session++) {
    const larder = await phone.openTab({ server })
    await clock.advance(60_000)
    devices.push(phone.disk.tables.meta.records.get('log')?.device)
    await larder.close()
  }
  expect(new Set(devices).size).toBe(1)
})

it('what a log without its meta record was set back to is no turn of before: a feed passes over nothing that lay elsewhere then', async () => {
  const first = await phone.openTab({ server })
  const backup = server.backup()
  for (const text of ['one', 'two', 'bad']) await first.append(noted(text))
  await clock.advance(60_000)
  server.rules = [ruleAgainst('bad', { code: 'no', message: 'no', retryable: false })]
  server.restore(backup)
  for (let n = 1; n <= 5; n++) await server.append(noted(`theirs ${n}`))
  await clock.advance(600_000)
  const [letter] = await first.deadLetters.list()
  expect(letter).toMatchObject({ code: 'restore' })
  await first.close()
  const formerTurn = phone.disk.tables.meta.records.get('log')?.turns?.at(-1)?.number ?? 0
  phone.disk.tables.meta.delete('log')
  // In the positions of before: without its server it is not set back yet.
  const second = await phone.openTab()
  const seen = watch(second.events$())
  await clock.advance(1000)
  expect(seen.all).toHaveLength(7)
  expect(phone.disk.tables.meta.records.get('log')?.turns).toMatchObject([{ isOpen: true }])
  await second.close()
  const third = await phone.openTab({ server })
  const fed = watch(third.events$({ after: seen.last()?.cursor ?? '' }))
  server.rules = []
  await clock.advance(600_000)
  await third.deadLetters.retry(letter?.id ?? '')
  await clock.advance(600_000)
  expect(await server.texts()).toContain('bad')
  expect(fed.all.map(({ data }) => data)).toMatchObject([{ text: 'bad' }])
  expect(phone.disk.tables.meta.records.get('log')?.turns).toMatchObject([{ number: formerTurn + 1, isOpen: false }])
  await third.close()
})
