import { firstValueFrom } from 'rxjs'
import { expect, it, vi } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import { systemClock } from '../../src/platform/system-clock.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { byDay, journal, noted, notes } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'

const server = new SyncServer()
let place = ''

function open(): Promise<Larder> {
  return openLarderInline(notes, {
    name: `missing-${crypto.randomUUID()}`,
    storage: (name) => {
      // The same each time it is opened.
      if (place === '') place = name
      return openDexieStorage(place, { clock: systemClock })
    },
    sync: { transport: server.transport() },
  })
}

/** What a stray write, or the browser itself, does: past everything that the store knows of. */
async function deleteSegment(pick: (keys: readonly IDBValidKey[]) => IDBValidKey | undefined): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(place)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const transaction = database.transaction('confirmed', 'readwrite')
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve
    transaction.onabort = () => reject(transaction.error)
  })
  const table = transaction.objectStore('confirmed')
  let gone = 0
  const keys = table.getAllKeys()
  keys.onsuccess = () => {
    gone = Number(pick(keys.result))
    table.delete(gone)
  }
  await ended
  database.close()
  return gone
}

const damagedIn = async (larder: Larder) => (await firstValueFrom(larder.health$)).damaged

it('C30: a segment that is deleted from IndexedDB between two openings is noticed, named and pulled again', async () => {
  const first = await open()
  const texts = ['one', 'two', 'three', 'four', 'five']
  for (const text of texts) {
    await first.append([noted(text, 'mon'), noted(`${text} more`)])
    await first.sync.now()
  }
  expect(await first.verify()).toMatchObject({ ok: true, events: 10, segments: 5 })
  await first.close()
  const gone = await deleteSegment((keys) => keys[2])
  const id = `confirmed:${gone}`

  server.instead = () => answer(503, '')
  const second = await open()
  expect(await second.get(byDay, 'mon')).toEqual(texts.filter((text) => text !== 'three'))
  expect((await second.events({ stream: 'notes' })).events).toHaveLength(8)
  await vi.waitFor(async () => expect(await damagedIn(second)).toEqual([{ id, reason: 'it is missing' }]))
  const range = { first: gone - 1, last: gone }
  expect(await second.verify()).toMatchObject({ ok: false, events: 8, damaged: [{ id, range, repaired: false }] })

  server.instead = undefined
  await second.sync.now()
  await vi.waitFor(async () => expect(await second.get(byDay, 'mon')).toEqual(texts), { timeout: 5000 })
  expect(await second.get(journal)).toEqual(await server.texts())
  await vi.waitFor(async () => expect(await damagedIn(second)).toEqual([]))
  expect(await second.verify()).toMatchObject({ ok: true, events: 10, damaged: [{ id, range, repaired: true }] })
  await second.close()

  const third = await open()
  expect(await third.get(journal)).toEqual(await server.texts())
  expect(await third.verify()).toMatchObject({ ok: true, events: 10 })
  await third.close()
})
