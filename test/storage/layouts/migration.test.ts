import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it, vi } from 'vitest'
import { systemClock as realClock } from '../../../src/platform/system-clock.ts'
import { TABLES } from '../../../src/storage/dexie/schema.ts'
import { openDexieStorage } from '../../../src/storage/dexie/with-dexie.ts'
import { LAYOUT_VERSION } from '../../../src/store/records.ts'
import { faultyStorage } from '../../../src/testing/faults/faulty-storage.ts'
import { failureOf } from '../../support/failure.ts'
import { digestOf, pickFacts } from './digest.ts'
import { FIXTURES, type Fixture, loadFixture, readAll } from './fixture.ts'
import { goOnClaimed, goOnForked, openApp, pickShown } from './shown.ts'
import { fromTaggedJson } from './tagged-json.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder).filter((name) => /^layout-\d+-.*\.json$/.test(name))
const fixtures = files.map((name): [string, Fixture] => [
  name.slice(0, -'.json'.length),
  fromTaggedJson(readFileSync(folder + name, 'utf8')) as Fixture,
])
const named = (story: string) => fixtures.filter(([name]) => name.endsWith(story))
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
      if (ended === 'complete') return expect(step).toBe(stepsFrom(fixture))
      expect(await readAll(indexedDB, 'larder')).toEqual(before)
      const storage = await open(indexedDB)
      expect(await digestOf(await pickFacts(storage, authorityOf(name)))).toBe(fixture.digest)
      await storage.close()
    }
  })

  it.each(fixtures)('%s is the old or the new one when anything fails that opens it', async (name, fixture) => {
    const fresh = async () => {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', fixture)
      return { indexedDB, storage: await open(indexedDB) }
    }
    const whole = await fresh()
    const before = await readAll(whole.indexedDB, 'larder')
    await pickFacts(whole.storage, authorityOf(name))
    const after = await readAll(whole.indexedDB, 'larder')
    const seen = new Set<unknown>()
    for (let nth = 1; ; nth++) {
      const { indexedDB, storage } = await fresh()
      const faulty = faultyStorage(storage, { at: nth, fault: nth % 2 === 0 ? 'fail' : 'abort' })
      const isOpen = await pickFacts(faulty, authorityOf(name)).then(
        () => true,
        () => false,
      )
      if (isOpen) break
      const now = await readAll(indexedDB, 'larder')
      expect([before, after]).toContainEqual(now)
      seen.add(JSON.stringify(now) === JSON.stringify(before))
      expect(await digestOf(await pickFacts(storage, authorityOf(name)))).toBe(fixture.digest)
    }
    expect(seen.has(true)).toBe(true)
    if (fixture.layout < LAYOUT_VERSION) expect(seen.has(false)).toBe(true)
  })

  it.each(fixtures.filter(([, { shown }]) => shown !== undefined))(
    '%s shows a person what it showed',
    async (name, fixture) => {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', fixture)
      const { larder, domain } = await openApp(name, await open(indexedDB))
      expect(await pickShown(larder, domain)).toEqual(fixture.shown)
      await larder.close()
    },
  )

  it.each(named('latest-local'))(
    '%s: a run that ended its tab counts, and what one account has claimed is not for another',
    async (name, fixture) => {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', fixture)
      const app = await openApp(name, await open(indexedDB))
      const wanted = { handled: ['two', 'three'], letters: ['handler handler-crashed'], refused: 'claimed' }
      expect(await goOnClaimed(app)).toEqual(wanted)
      await app.larder.close()
    },
  )

  it.each(named('latest-synced'))(
    '%s: what was to be decided again is, once more, and the installation is the one that it has become',
    async (name, fixture) => {
      const indexedDB = new IDBFactory()
      await loadFixture(indexedDB, 'larder', fixture)
      const storage = await open(indexedDB)
      const app = await openApp(name, storage)
      expect(await goOnForked(app, storage)).toEqual({ redecided: [2], isForked: true })
      expect(await pickShown(app.larder, app.domain)).toEqual(fixture.shown)
      await app.larder.close()
    },
  )

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

/** Each table that is missing, and the upgrade as a whole, where there is one. */
function stepsFrom({ layout, schema }: Fixture): number {
  return Object.keys(TABLES).length - schema.stores.length + (layout < LAYOUT_VERSION ? 1 : 0)
}

/** Aborts the upgrade when it begins, or later at its n-th call that changes the schema, as a crash there would. */
async function upgradeThatEndsAt(indexedDB: IDBFactory, step: number): Promise<'aborted' | 'complete'> {
  let calls = 0
  let opens = 0
  const begin = vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
    const request = IDBFactory.prototype.open.apply(indexedDB, args)
    // The first only looks whether there is something to upgrade.
    const isFirst = opens++ === 0
    request.addEventListener('upgradeneeded', () => {
      if (!isFirst && calls++ === step) request.transaction?.abort()
    })
    return request
  })
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
    begin.mockRestore()
  }
}

function emptyDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = new IDBFactory().open('empty')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
