import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { systemClock as realClock } from '../../../src/platform/system-clock.ts'
import type { Larder } from '../../../src/reactive/larder.ts'
import { openDexieStorage } from '../../../src/storage/dexie/dexie-backend.ts'
import { openMemoryStorage } from '../../../src/storage/memory/memory-backend.ts'
import { LAYOUT_VERSION, type LogTables, type TableName } from '../../../src/store/records.ts'
import { Device } from '../../support/device.ts'
import { Erased, Noted, noted } from '../../support/notes.ts'
import { ruleAgainst } from '../../support/rule-against.ts'
import { answer, SyncServer } from '../../support/sync-server.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { digestOf, pickFacts } from './digest.ts'
import { toTaggedJson } from './tagged-json.ts'

/**
 * Writes what the present layout stores, once: `npx tsx test/storage/layouts/make-fixtures.ts`. Committed with the layout, and never
 * written again: it stands for the databases that people have.
 */
const tables: readonly TableName[] = [
  ...(['meta', 'confirmed', 'pending', 'deadLetters', 'discarded', 'quarantine'] as const),
  'handlers',
]

/** One handler that is done with all but one event, which fails for good, and one that is in the middle of it. */
async function handleSome(larder: Larder, clock: VirtualClock, scope: 'origin' | 'every-device'): Promise<void> {
  larder.handle(
    Noted,
    ({ data }) => {
      if (data.text.endsWith('2')) throw new Error('The coach did not answer')
    },
    { name: 'coach', from: 'start', scope, retry: { attempts: 1 } },
  )
  await larder.append([noted('slow', 'wed')], { stream: 'slow' })
  larder.handle(
    Noted,
    ({ data, stream }) => {
      if (data.text === 'slow') return new Promise(() => undefined)
      if (stream === 'other') throw new Error('again later')
      return undefined
    },
    { name: 'mail', from: 'start', when: 'stored', retry: { attempts: 100 }, timeoutMs: Number.POSITIVE_INFINITY },
  )
  await clock.advance(5000)
}

async function writeLocal(larder: Larder, clock: VirtualClock): Promise<void> {
  for (let n = 1; n <= 12; n++) await larder.append(noted(`lunch ${n} – Käse 🧀`, `2026-11-${n}`))
  await larder.append(
    Array.from({ length: 40 }, (_, n) => noted(`import ${n}`, 'mon')),
    { stream: 'imported' },
  )
  // What is stored so far is merged and sealed; what follows stays plain.
  await larder.compact()
  await larder.append([noted('a', 'tue'), Erased({ text: 'lunch 3' })], { expectedVersion: 12, stream: 'notes' })
  await larder.append(Noted({ text: 'with metadata', days: [] }), { stream: 'other', metadata: { by: 'ann' } })
  await handleSome(larder, clock, 'every-device')
}

async function writeSynced(larder: Larder, server: SyncServer, clock: VirtualClock): Promise<void> {
  for (let n = 1; n <= 6; n++) await larder.append(noted(`synced ${n}`, 'mon'))
  await larder.append([noted('two', 'tue'), noted('three', 'tue')], { stream: 'pair' })
  await clock.advance(60_000)
  await larder.compact()
  await larder.append(noted('absurd 1'))
  await larder.append(noted('absurd 2'))
  await clock.advance(60_000)
  const [letter] = await larder.deadLetters.list()
  if (letter === undefined) throw new Error('Nothing was refused.')
  await larder.deadLetters.discard(letter.id, { reason: 'a slip' })
  await handleSome(larder, clock, 'origin')
  server.instead = () => answer(503, '')
  await larder.append(noted('pending', 'wed'))
  await larder.append([noted('strict', 'wed')], { stream: 'pair', expectedVersion: 2 })
  await clock.advance(60_000)
}

async function dump(device: Device): Promise<Record<string, readonly LogTables[TableName][]>> {
  const read = await openMemoryStorage(device.disk).transact('read', tables, (tx) =>
    Promise.all(tables.map(async (table) => [table, await tx.read(table, {})] as const)),
  )
  return Object.fromEntries(read)
}

/** The object stores and indexes as this version of the code makes them. */
async function schemaNow() {
  const indexedDB = new IDBFactory()
  const storage = await openDexieStorage('schema', { clock: realClock, indexedDB, IDBKeyRange })
  await storage.close()
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('schema')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const stores = [...database.objectStoreNames].map((name) => {
    const store = database.transaction(name).objectStore(name)
    const indexes = [...store.indexNames].map((each) => {
      const { keyPath, multiEntry, unique } = store.index(each)
      return { name: each, keyPath, multiEntry, unique }
    })
    return { name, keyPath: store.keyPath, indexes }
  })
  return { version: database.version, stores }
}

async function make(name: string, synced: boolean): Promise<void> {
  const file = fileURLToPath(new URL(`layout-${LAYOUT_VERSION}-${name}.json`, import.meta.url))
  if (existsSync(file)) throw new Error(`${file} is there already: a fixture is written once.`)
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  const server = synced ? new SyncServer() : undefined
  if (server !== undefined)
    server.rules = [ruleAgainst('absurd', { code: 'too-much', message: 'Nobody eats that much', retryable: false })]
  const larder = await device.openTab({ server })
  if (server === undefined) await writeLocal(larder, clock)
  else await writeSynced(larder, server, clock)
  await larder.close()
  const records = await dump(device)
  const facts = await pickFacts(openMemoryStorage(device.disk), synced ? 'server' : 'local')
  const counts = {
    events: facts.confirmed.length,
    pending: facts.pending.length,
    deadLetters: facts.deadLetters.length,
    discarded: facts.discarded.length,
    handlers: facts.handlers?.length ?? 0,
    handlerLetters: facts.handlerLetters?.length ?? 0,
  }
  writeFileSync(
    file,
    `${toTaggedJson({ layout: LAYOUT_VERSION, schema: await schemaNow(), digest: digestOf(facts), counts, records })}\n`,
  )
}

await make('local', false)
await make('synced', true)
