import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { systemClock as realClock } from '../../../src/platform/system-clock.ts'
import { openDexieStorage } from '../../../src/storage/dexie/dexie-backend.ts'
import { LAYOUT_VERSION } from '../../../src/store/records.ts'
import { failureOf } from '../../support/failure.ts'
import { digestOf, pickFacts } from './digest.ts'
import { FIXTURES, type Fixture, loadFixture, readAll } from './fixture.ts'
import { fromTaggedJson } from './tagged-json.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder).filter((name) => /^layout-\d+-.*\.json$/.test(name))
const fixtures = files.map((name): [string, Fixture] => [
  name.slice(0, -'.json'.length),
  fromTaggedJson(readFileSync(folder + name, 'utf8')) as Fixture,
])
const authorityOf = (name: string) => (name.endsWith('synced') ? 'server' : 'local')
const open = (indexedDB: IDBFactory) => openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange })

describe('C26 a database of an older layout', () => {
  it('is there for every layout, the present one included', () => {
    const layouts = new Set(fixtures.map(([, { layout }]) => layout))
    expect(fixtures.map(([name]) => name).toSorted()).toEqual(FIXTURES)
    expect([...layouts].sort()).toEqual(Array.from({ length: LAYOUT_VERSION }, (_, index) => index + 1))
  })

  it.each(fixtures)('%s holds after the upgrade exactly what it held before', async (name, fixture) => {
    const indexedDB = new IDBFactory()
    await loadFixture(indexedDB, 'larder', fixture)
    const storage = await open(indexedDB)
    const facts = await pickFacts(storage, authorityOf(name))
    expect(facts.confirmed).toHaveLength(fixture.counts.events)
    expect(facts.pending).toHaveLength(fixture.counts.pending)
    expect(facts.deadLetters).toHaveLength(fixture.counts.deadLetters)
    expect(facts.discarded).toHaveLength(fixture.counts.discarded)
    expect(facts.handlers ?? []).toHaveLength(fixture.counts.handlers ?? 0)
    expect(facts.handlerLetters ?? []).toHaveLength(fixture.counts.handlerLetters ?? 0)
    expect(await digestOf(facts)).toBe(fixture.digest)
    expect(await storage.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))).toMatchObject({
      layout: LAYOUT_VERSION,
    })
    await storage.close()
  })

  it.each(fixtures)('%s is the old or the new one when the upgrade ends at any step', async (name, fixture) => {
    for (let step = 0; ; step++) {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', fixture)
      const before = await readAll(indexedDB, 'larder')
      const ended = await upgradeThatEndsAt(indexedDB, step)
      if (ended === 'complete') return expect(step).toBeGreaterThan(fixture.layout === LAYOUT_VERSION ? -1 : 0)
      expect(await readAll(indexedDB, 'larder')).toEqual(before)
      const storage = await open(indexedDB)
      expect(await digestOf(await pickFacts(storage, authorityOf(name)))).toBe(fixture.digest)
      await storage.close()
    }
  })

  it.each(fixtures)(
    '%s is refused untouched by an older SDK once a newer one has opened it',
    async (_name, fixture) => {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', {
        ...fixture,
        schema: { ...fixture.schema, version: (LAYOUT_VERSION + 1) * 10 },
      })
      const before = await readAll(indexedDB, 'larder')
      expect(await failureOf(() => open(indexedDB))).toMatchObject({
        code: 'schema-too-new',
        details: { stored: LAYOUT_VERSION + 1, supported: LAYOUT_VERSION },
      })
      expect(await readAll(indexedDB, 'larder')).toEqual(before)
    },
  )
})

/** Aborts the upgrade at its n-th call that changes the schema, as a crash there would. */
async function upgradeThatEndsAt(indexedDB: IDBFactory, step: number): Promise<'aborted' | 'complete'> {
  let calls = 0
  const prototype = Object.getPrototypeOf(await emptyDatabase()) as IDBDatabase
  const create = prototype.createObjectStore
  prototype.createObjectStore = function (this: IDBDatabase, ...args) {
    if (calls++ === step) throw new DOMException('the browser ended here', 'AbortError')
    return create.apply(this, args)
  }
  try {
    const storage = await open(indexedDB)
    await storage.close()
    return 'complete'
  } catch {
    return 'aborted'
  } finally {
    prototype.createObjectStore = create
  }
}

function emptyDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = new IDBFactory().open('empty')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
