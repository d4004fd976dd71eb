import { expect, it } from 'vitest'
import type { EventsRequest } from '../../src/engine/events-page.ts'
import { readEvents } from '../../src/engine/read-events.ts'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { toStored } from '../../src/store/check-segment.ts'
import { restateVersions, segmentsToRestate, versionsBefore } from '../../src/store/restate-versions.ts'
import { buildSegment } from '../../src/store/segment.ts'
import { MeasuredBackend } from '../support/measured-backend.ts'
import { noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'

async function open(authority: 'local' | 'server' = 'local', disk = new MemoryDisk()) {
  const backend = new MeasuredBackend(openMemoryStorage(disk))
  return { disk, backend, store: await openStore({ backend, authority }) }
}

function damage(disk: MemoryDisk, key: number): void {
  const record = disk.confirmed.records.get(key)
  if (record !== undefined) disk.confirmed.put(key, { ...record, checksum: 7 })
}

/** A confirmed commit, as a run of a segment. */
function runOf(events: NewEvent, device: string, seq: number, id?: string) {
  const commit = prepared(events, id === undefined ? {} : { id })
  return { commit: { id: commit.id, device, seq, count: 1, receivedAt: 0 }, events: commit.events }
}

const BACKWARD: EventsRequest = {
  ...{ stream: undefined, types: undefined, from: undefined, to: undefined, where: undefined, after: undefined },
  ...{ direction: 'backward', limit: 1 },
}

it('a page backward holds a few segments at a time, however many were confirmed since the page before', async () => {
  const { store, backend } = await open('server')
  for (const n of [1, 2, 3]) await store.append(prepared(noted(`own ${n}`), { id: uuid(n) }))
  const texts: string[] = []
  let after: string | undefined
  const readOne = async () => {
    const { events, next } = await readEvents(store, notes.catalog, { ...BACKWARD, after })
    texts.push(...events.map(({ data }) => (data as { text: string }).text))
    after = next
  }
  await readOne()
  const { device } = store.known.meta
  await store.transition(async (tx, { meta, pending }) => {
    const versions = new Map<string, number>()
    for (let position = 1; position <= 300; position++) {
      const own = position === 20 ? 1 : position === 200 ? 2 : undefined
      const run =
        own === undefined
          ? runOf(noted('other'), uuid(99), position)
          : runOf(noted(`own ${own}`), device, own, uuid(own))
      await tx.put('confirmed', toStored(buildSegment(position, [run], versions)))
    }
    await tx.delete('pending', ...pending.records.slice(0, 2).map(({ order }) => order))
    await tx.put('meta', { ...meta, generation: meta.generation + 1 })
  })
  backend.forget()
  while (after !== undefined) await readOne()
  expect(texts).toEqual(['own 3', 'own 2', 'own 1'])
  expect(backend.segments).toBeLessThanOrEqual(16)
})

it.each(['forward', 'backward'] as const)(
  'a page %s unpacks no more segments than it takes events from',
  async (direction) => {
    const { store, backend } = await open()
    const commits = Array.from({ length: 40 }, (_, n) =>
      prepared(Array.from({ length: 50 }, (_each, index) => noted(`${n} ${index}`))),
    )
    for (const commit of commits) await store.append(commit)
    const count = async (limit: number, types?: readonly string[]) => {
      backend.forget()
      const { events } = await readEvents(store, notes.catalog, { ...BACKWARD, direction, limit, types })
      expect(events).toHaveLength(limit)
      return backend.segments
    }
    expect([await count(49), await count(51), await count(49, ['Noted'])]).toEqual([1, 4, 4])
  },
)

it('a page of a replay is small where events are large', async () => {
  const { store, backend } = await open()
  for (let n = 0; n < 200; n++) await store.append(prepared(noted('x'.repeat(100_000))))
  backend.forget()
  const ahead = store.readAhead(0)
  let count = 0
  for (let page = await ahead.next(); page.length > 0; page = await ahead.next()) count += page.length
  expect(count).toBe(200)
  expect(backend.units).toBeLessThan(5 * 1024 * 1024)
})

it('an append to a stream whose last segments are damaged looks back step by step', async () => {
  const { store, disk } = await open()
  for (let n = 0; n < 100; n++) await store.append(prepared(noted('a')))
  for (let key = 70; key <= 100; key++) damage(disk, key)
  const other = await open('local', disk)
  await other.store.append(prepared(noted('strict'), { expectedVersion: 69 }))
  expect(other.backend.segments).toBeLessThanOrEqual(16)
})

it('what a repair states anew of a long stream is read and written step by step', async () => {
  const { store, backend } = await open()
  for (let n = 0; n < 100; n++) await store.append(prepared(noted('a')))
  const lost = [runOf(noted('lost'), uuid(99), 50), runOf(noted('lost too'), uuid(99), 51)]
  backend.forget()
  const behind = await segmentsToRestate(store, 50, lost)
  const versions = await store.transition(async (tx) => {
    const before = await versionsBefore(tx, 50, lost)
    await restateVersions(tx, new Map([['notes', (before.get('notes') ?? 0) + 2]]), behind)
    return before
  })
  expect(versions).toEqual(new Map([['notes', 49]]))
  expect(backend.segments).toBeLessThanOrEqual(16)
  const stated = (await store.readConfirmed(50, 100)).map(({ streamVersions }) => streamVersions[0])
  expect(stated).toEqual(Array.from({ length: 50 }, (_, index) => 52 + index))
})
