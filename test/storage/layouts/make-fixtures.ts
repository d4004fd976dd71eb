import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { systemClock as realClock } from '../../../src/platform/system-clock.ts'
import type { Larder } from '../../../src/reactive/larder.ts'
import { openDexieStorage } from '../../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../../src/storage/memory/memory-backend.ts'
import { LAYOUT_VERSION, type LogTables, type TableName } from '../../../src/store/records.ts'
import { Device } from '../../support/device.ts'
import { Erased, Noted, noted, notes } from '../../support/notes.ts'
import { ruleAgainst } from '../../support/rule-against.ts'
import { answer, SyncServer } from '../../support/sync-server.ts'
import { taskServer } from '../../support/task-server.ts'
import { Read, taskDomain, tasks } from '../../support/tasks.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { digestOf, pickFacts } from './digest.ts'
import { writeClaimed, writeLatest } from './latest-stories.ts'
import { pickShown } from './shown.ts'
import { toTaggedJson } from './tagged-json.ts'

/**
 * Writes what the present layout stores, where there is no such file yet: `node --conditions=larder-source --import tsx test/storage/layouts/make-fixtures.ts`.
 * Committed with the layout, and never written again: it stands for the databases that people have. What a layout comes to hold later gets a file more.
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

/** The same layout with what it came to hold later: commands, verdicts, a log that was set back, a handler that is cut off, quarantine. */
async function writeLater(larder: Larder, server: SyncServer, clock: VirtualClock): Promise<void> {
  const said = (by: string) => Read({ by })
  for (const title of ['a', 'b']) await larder.execute(tasks, 'home').open({ title, task: title })
  await clock.advance(60_000)
  const backup = server.backup()
  await larder.append(said('lost to the server 1'), { stream: 'pair' })
  await larder.append([said('lost to the server 2'), said('lost to the server 3')], { stream: 'pair' })
  await clock.advance(60_000)
  await larder.compact()
  larder.handle(Read, () => new Promise(() => undefined), {
    ...{ name: 'mail', from: 'start', when: 'stored', timeoutMs: Number.POSITIVE_INFINITY },
  })
  await clock.advance(5000)
  server.restore(backup)
  await clock.advance(60_000)
  await larder.append(said('absurd'), { stream: 'refused', expectedVersion: 0 })
  await larder.append(said('stands on what is refused'), { stream: 'refused', expectedVersion: 1 })
  await clock.advance(60_000)
  server.instead = () => answer(503, '')
  await larder.execute(tasks, 'home').open({ title: 'c', task: 'c' })
  await larder.append(said('will be damaged'), { stream: 'pair' })
  await clock.advance(60_000)
}

/** One record of the outbox is altered, and found at the next opening. */
async function damageTheLast(device: Device, server: SyncServer): Promise<void> {
  const { records } = device.disk.tables.pending
  const last = [...records.values()].at(-1)
  if (last === undefined) throw new Error('Nothing waits.')
  device.disk.tables.pending.put(last.order, { ...last, checksum: (last.checksum ?? 0) ^ 1 })
  await (await device.openTab({ server, domain: taskDomain })).close()
}

/** A part of the log that was damaged more often than what it held then is kept, and pulled again each time. */
async function writeNoted(device: Device, larder: Larder, clock: VirtualClock): Promise<void> {
  for (let n = 1; n <= 3; n++) {
    await larder.append(noted(`synced ${n}`, 'mon'))
    await clock.advance(60_000)
  }
  const { confirmed } = device.disk
  for (let checksum = 1; checksum <= 6; checksum++) {
    const [first] = confirmed.keys.inRange({})
    const record = confirmed.records.get(first ?? 0)
    if (record === undefined) throw new Error('Nothing is confirmed.')
    confirmed.put(record.last, { ...record, checksum })
    await larder.verify()
    await clock.advance(600_000)
  }
  if (!(await larder.verify()).ok) throw new Error('It was not pulled again.')
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

const STORIES = ['local', 'synced', 'later-synced', 'latest-local', 'latest-synced', 'noted-synced'] as const

async function make(name: (typeof STORIES)[number]): Promise<void> {
  const file = fileURLToPath(new URL(`layout-${LAYOUT_VERSION}-${name}.json`, import.meta.url))
  // A fixture is written once.
  if (existsSync(file)) return
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  const isOfTasks = name === 'later-synced' || name === 'latest-synced'
  const server = isOfTasks ? taskServer() : new SyncServer()
  server.rules = [ruleAgainst('absurd', { code: 'too-much', message: 'Nobody eats that much', retryable: false })]
  const domain = isOfTasks ? taskDomain : notes
  if (name === 'latest-local') await writeClaimed(device, clock)
  else if (name === 'latest-synced') await writeLatest(device, server, clock)
  else {
    const larder = await device.openTab({ server: name === 'local' ? undefined : server, domain })
    if (name === 'local') await writeLocal(larder, clock)
    else if (name === 'noted-synced') await writeNoted(device, larder, clock)
    else if (name === 'synced') await writeSynced(larder, server, clock)
    else await writeLater(larder, server, clock)
    await larder.close()
  }
  if (name === 'later-synced') await damageTheLast(device, server)
  const records = await dump(device)
  const facts = await pickFacts(openMemoryStorage(device.disk), name.endsWith('local') ? 'local' : 'server')
  const counts = {
    events: facts.confirmed.length,
    pending: facts.pending.length,
    deadLetters: facts.deadLetters.length,
    discarded: facts.discarded.length,
    handlers: facts.handlers?.length ?? 0,
    handlerLetters: facts.handlerLetters?.length ?? 0,
  }
  const digest = await digestOf(facts)
  server.instead = () => answer(503, '')
  const reader = await device.openTab({ server: name.endsWith('local') ? undefined : server, domain })
  const shown = await pickShown(reader, isOfTasks ? 'tasks' : 'notes')
  await reader.close()
  writeFileSync(
    file,
    `${toTaggedJson({ layout: LAYOUT_VERSION, schema: await schemaNow(), digest, counts, shown, records })}\n`,
  )
}

for (const name of STORIES) await make(name)
