import { beforeEach, describe, expect, it } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { noted, notes } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let server: SyncServer

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
})

async function append(larder: Larder, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await larder.append(noted(text))
}

/** A page of two, the newest first. */
async function pageOf(larder: Larder, after?: string) {
  const { events, next } = await larder.events({
    ...{ direction: 'backward', limit: 2 },
    ...(after === undefined ? {} : { after }),
  })
  return { texts: events.map(({ data }) => (data as { readonly text: string }).text), next }
}

const foreign = async (larder: Larder, after: string | undefined) =>
  expect(await failureOf(() => pageOf(larder, after))).toMatchObject({ code: 'cursor-foreign' })

/** Of one account, of which one has appended two events, and both have them confirmed. */
async function twoInstallations() {
  const larder = await new Device(1, clock).openTab({ server })
  const other = await new Device(2, clock).openTab({ server })
  await append(larder, 'a', 'b')
  await clock.advance(60_000)
  return { larder, other }
}

/** From now on the server answers again, and all have been there. */
async function serverIsBack(): Promise<void> {
  server.instead = undefined
  await clock.advance(600_000)
}

describe('the next page of one that was read backward', () => {
  it('is of one local store: neither another has it, nor the one that takes its place', async () => {
    const device = new Device(1, clock)
    const larder = await device.openTab()
    await append(larder, 'a', 'b', 'c', 'd')
    const { next } = await pageOf(larder)
    expect((await pageOf(larder, next)).texts).toEqual(['b', 'a'])
    const other = await new Device(2, clock).openTab()
    await append(other, 'e', 'f', 'g', 'h', 'i', 'j')
    await foreign(other, next)
    await larder.destroy({ discardUnsynced: true })
    const fresh = await new Device(3, clock).openTab()
    await append(fresh, 'k', 'l', 'm', 'n')
    await foreign(fresh, next)
    const synced = await new Device(4, clock).openTab({ server })
    await append(synced, 'o', 'p', 'q', 'r')
    await clock.advance(60_000)
    await foreign(synced, next)
  })

  it('of a local store that has lost its end lies behind that, and is not taken for the end of what there is', async () => {
    const device = new Device(1, clock)
    const larder = await device.openTab()
    await append(larder, 'a', 'b')
    const backup = device.disk.copy()
    await append(larder, 'c', 'd', 'e', 'f')
    const { next } = await pageOf(larder)
    const setBack = await openLarderInline(notes, {
      ...{ name: 'notes', storage: async () => openMemoryStorage(backup) },
      platform: new VirtualMachine(1, clock).openTab(),
    })
    await append(setBack, 'other')
    await foreign(setBack, next)
  })

  it('of a synced store holds in another installation that is as far, and in none that is not', async () => {
    const { larder, other } = await twoInstallations()
    const { requests } = server
    const id = requests.find(({ commits }) => commits.length > 0)?.device
    server.instead = ({ device }) => (device === id ? undefined : answer(503, ''))
    await append(larder, 'c', 'd', 'e', 'f')
    await clock.advance(60_000)
    const { texts, next } = await pageOf(larder)
    expect(texts).toEqual(['f', 'e'])
    await foreign(other, next)
    await serverIsBack()
    const second = await pageOf(other, next)
    const third = await pageOf(other, second.next)
    expect([second.texts, third.texts]).toEqual([
      ['d', 'c'],
      ['b', 'a'],
    ])
  })

  it('that begins in what waits is of the installation where it waits', async () => {
    const { larder, other } = await twoInstallations()
    server.instead = () => answer(503, '')
    await append(larder, 'c', 'd', 'e')
    const { texts, next } = await pageOf(larder)
    expect(texts).toEqual(['e', 'd'])
    await foreign(other, next)
    await serverIsBack()
    // Confirmed meanwhile, and each once all the same.
    const second = await pageOf(larder, next)
    expect([second.texts, (await pageOf(larder, second.next)).texts]).toEqual([['c', 'b'], ['a']])
  })

  it('stays with an installation that takes another device id', async () => {
    const device = new Device(1, clock)
    const larder = await device.openTab({ server })
    await append(larder, 'a', 'b')
    await clock.advance(60_000)
    const copy = device.disk.copy()
    const twin = await openLarderInline(notes, {
      ...{ name: 'notes', platform: new VirtualMachine(2, clock).openTab() },
      ...{ storage: async () => openMemoryStorage(copy), sync: { transport: server.transport() } },
    })
    await append(twin, 'of the copy')
    await clock.advance(60_000)
    server.instead = () => answer(503, '')
    await append(larder, 'c', 'd', 'e')
    const { next } = await pageOf(larder)
    await serverIsBack()
    expect(device.disk.tables.meta.records.get('log')?.forks).toHaveLength(1)
    const second = await pageOf(larder, next)
    expect([second.texts, (await pageOf(larder, second.next)).texts]).toEqual([
      ['c', 'of the copy'],
      ['b', 'a'],
    ])
  })
})
