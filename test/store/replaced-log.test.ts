import { expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import type { LogChange } from '../../src/store/log-cache.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

it.each([1, 7])(
  'a log that was replaced under an open tab, by one with %d events, is followed from its beginning',
  async (events) => {
    let place = openMemoryStorage()
    const backend: StorageBackend = {
      mode: 'custom',
      transact: (mode, tables, work) => place.transact(mode, tables, work),
      close: () => place.close(),
    }
    const store = await openStore({ backend })
    for (let n = 1; n <= 5; n++) await store.append(prepared(noted(`old ${n}`)))
    // The site's data was cleared, and another tab has begun anew.
    place = openMemoryStorage()
    const other = await openStore({ backend: place, seed: 7 })
    for (let n = 1; n <= events; n++) await other.append(prepared(noted(`new ${n}`)))
    const changes: LogChange[] = []
    store.subscribe(({ change, own }) => {
      if (!own) changes.push(change)
    })
    const expectedVersion = events
    expect(await store.append(prepared(noted('next'), { expectedVersion }))).toMatchObject({ position: events + 1 })
    expect(changes).toMatchObject([{ reset: true, repaired: true, confirmed: undefined }])
    const versions = (await store.readConfirmed(0, 100)).flatMap(({ streamVersions }) => [...streamVersions])
    expect(Math.max(...versions)).toBe(events + 1)
  },
)
