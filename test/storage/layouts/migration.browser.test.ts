import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock as realClock } from '../../../src/platform/system-clock.ts'
import { TABLES } from '../../../src/storage/dexie/schema.ts'
import { openDexieStorage } from '../../../src/storage/dexie/with-dexie.ts'
import { LAYOUT_VERSION } from '../../../src/store/records.ts'
import { failureOf } from '../../support/failure.ts'
import { digestOf, pickFacts } from './digest.ts'
import { FIXTURES, type Fixture, loadFixture, readAll } from './fixture.ts'
import { goOnClaimed, goOnForked, openApp, pickShown } from './shown.ts'
import { fromTaggedJson } from './tagged-json.ts'

const authorityOf = (name: string) => (name.endsWith('synced') ? 'server' : 'local')
const open = (place: string) => openDexieStorage(place, { clock: realClock })

async function read(name: string): Promise<Fixture> {
  const response = await fetch(new URL(`./${name}.json`, import.meta.url))
  return fromTaggedJson(await response.text()) as Fixture
}

let places = 0
const nextPlace = () => `larder-migration-${places++}`

afterEach(() => {
  vi.restoreAllMocks()
})

describe('C26: in this browser a database of an older layout', () => {
  it.each(FIXTURES)(
    '%s is the old or the new one when the upgrade ends at any step, and holds what it held',
    async (name) => {
      const fixture = await read(name)
      for (let step = 0; ; step++) {
        const place = nextPlace()
        await loadFixture(indexedDB, place, fixture)
        const before = await readAll(indexedDB, place)
        const isCut = await upgradeEndsAt(step, place)
        if (isCut) expect(await readAll(indexedDB, place)).toEqual(before)
        const storage = await open(place)
        expect(await digestOf(await pickFacts(storage, authorityOf(name)))).toBe(fixture.digest)
        await storage.close()
        if (!isCut) return expect(step).toBe(stepsFrom(fixture))
      }
    },
  )

  it.each(FIXTURES.filter((name) => name.includes('latest')))(
    '%s shows a person what it showed, and goes on from there',
    async (name) => {
      const fixture = await read(name)
      const place = nextPlace()
      await loadFixture(indexedDB, place, fixture)
      const storage = await open(place)
      const app = await openApp(name, storage)
      expect(await pickShown(app.larder, app.domain)).toEqual(fixture.shown)
      if (app.domain === 'notes') {
        const wanted = { handled: ['two', 'three'], letters: ['handler handler-crashed'], refused: 'claimed' }
        expect(await goOnClaimed(app)).toEqual(wanted)
      } else {
        expect(await goOnForked(app, storage)).toEqual({ redecided: [2], isForked: true })
        expect(await pickShown(app.larder, app.domain)).toEqual(fixture.shown)
      }
      await app.larder.close()
    },
  )

  it.each(FIXTURES)('%s is refused untouched once a newer SDK has opened it', async (name) => {
    const fixture = await read(name)
    const place = nextPlace()
    const version = (LAYOUT_VERSION + 1) * 10
    await loadFixture(indexedDB, place, { ...fixture, schema: { ...fixture.schema, version } })
    const before = await readAll(indexedDB, place)
    expect(await failureOf(() => open(place))).toMatchObject({
      code: 'schema-too-new',
      details: { stored: LAYOUT_VERSION + 1, supported: LAYOUT_VERSION },
    })
    expect(await readAll(indexedDB, place)).toEqual(before)
  })
})

/** Each table that is missing, and the upgrade as a whole, where there is one. */
function stepsFrom({ layout, schema }: Fixture): number {
  return Object.keys(TABLES).length - schema.stores.length + (layout < LAYOUT_VERSION ? 1 : 0)
}

/** Whether the upgrade came as far as to its beginning, or later to its n-th call that changes the schema, at which it is aborted as by a crash. */
async function upgradeEndsAt(step: number, place: string): Promise<boolean> {
  let calls = 0
  let opens = 0
  const ask = IDBFactory.prototype.open
  const begin = vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, ...args) {
    const request = ask.apply(this, args)
    // The first only looks whether there is something to upgrade.
    const isFirst = opens++ === 0
    request.addEventListener('upgradeneeded', () => {
      if (!isFirst && calls++ === step) request.transaction?.abort()
    })
    return request
  })
  const create = IDBDatabase.prototype.createObjectStore
  const spy = vi.spyOn(IDBDatabase.prototype, 'createObjectStore').mockImplementation(function (
    this: IDBDatabase,
    ...args
  ) {
    if (calls++ === step) throw new DOMException('the browser ended here', 'AbortError')
    return create.apply(this, args)
  })
  try {
    await (await open(place)).close()
    return false
  } catch {
    return true
  } finally {
    spy.mockRestore()
    begin.mockRestore()
  }
}
