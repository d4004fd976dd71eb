import { expect, it } from 'vitest'
import { ViewHub, type ViewUpdate } from '../../src/engine/view-hub.ts'
import { Projector } from '../../src/projection/projector.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

const JOURNAL = { projection: 'journal', target: { kind: 'key', key: '' } } as const

/** A store with three confirmed notes, whose storage fails when told to, and views on it. */
async function setUp() {
  const disk = new MemoryDisk()
  const writer = await openStore({ disk })
  for (const text of ['a', 'b', 'c']) await writer.append(prepared(noted(text)))
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const store = await openStore({ backend })
  const clock = new VirtualClock()
  const hub = new ViewHub(new Projector(notes, store), clock)
  const told: ViewUpdate[] = []
  const watch = (): void => hub.subscribe(1, { ...JOURNAL, layer: 'all' }, (update) => told.push(update))
  return { store, writer, backend, clock, hub, told, watch }
}

const state = (update: ViewUpdate | undefined): unknown => update?.states[0]?.[1]

it('a view that could not be read says so, and goes on by itself when it can be', async () => {
  const { backend, clock, told, watch } = await setUp()
  backend.failNext(1)
  watch()
  await settled()
  expect(told.map(({ fault }) => fault?.code)).toEqual(['storage-failed'])
  await clock.advance(1000)
  expect([told.length, told[1]?.fault, state(told[1])]).toEqual([2, undefined, ['a', 'b', 'c']])
})

it('a view that could not follow a busy tab goes on by itself too', async () => {
  const { store, writer, backend, clock, told, watch } = await setUp()
  watch()
  await settled()
  // More than can be passed on from tab to tab: the projection has to read the log again.
  for (let n = 0; n < 20; n++) await writer.append(prepared(noted(`${n}`)))
  // Following takes seven operations; the eighth is the first of reading again.
  backend.failNext(8)
  await store.refresh()
  await clock.advance(20)
  expect(backend.failed).toBe('begin')
  expect(state(told.at(-1))).toHaveLength(23)
  expect(told.at(-1)?.fault).toBeUndefined()
})

it('no view is read again once it is closed, and nobody is told', async () => {
  const { backend, clock, told, watch, hub } = await setUp()
  backend.failNext(1)
  watch()
  await settled()
  hub.close()
  await clock.advance(5000)
  expect([told.length, clock.waiting]).toEqual([1, 0])
})

it('a view of what is confirmed is told when the outbox moves there unchanged', async () => {
  const store = await openStore({ authority: 'server' })
  const clock = new VirtualClock()
  const hub = new ViewHub(new Projector(notes, store), clock)
  const seen: { all: unknown[]; confirmed: unknown[] } = { all: [], confirmed: [] }
  for (const [id, layer] of (['all', 'confirmed'] as const).entries()) {
    hub.subscribe(id, { ...JOURNAL, layer }, (update) => seen[layer].push(state(update)))
  }
  await settled()
  const commit = prepared(noted('a'))
  await store.append(commit)
  await clock.advance(20)
  await settle(store, { confirm: [commit.id] })
  await clock.advance(20)
  expect(seen.confirmed.at(-1)).toEqual(['a'])
  expect(seen.all.filter((lines) => Array.isArray(lines) && lines.length === 1)).toHaveLength(1)
})
