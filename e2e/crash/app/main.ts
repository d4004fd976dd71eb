import { type Larder, openLarder } from '@larder/sdk'
import {
  CALLS_PER_TAB,
  checksumOf,
  IMPORT_BATCH,
  IMPORT_ID,
  NoteWritten,
  notes,
  type Report,
  type StoreName,
} from '../notes.ts'
import { createRandom } from '../random.ts'

/** The harness's end: a binding that it adds over the DevTools protocol. */
declare global {
  var report: (text: string) => void
  var crash: CrashPage
}

/** What the harness calls on the page. */
export interface CrashPage {
  open(store: StoreName): Promise<void>
  /** Appends without end. */
  write(options: WriteOptions): void
  /** Goes on with the import, without end, and compacts what is stored again and again. */
  importAndCompact(): void
  /** Answers {@link FoundPage} as JSON: as a value, every part of it would be handled by itself on its way. */
  read(after: string | undefined): Promise<string>
  close(): Promise<void>
}

interface WriteOptions {
  readonly run: number
  readonly tab: number
  readonly seed: number
  readonly inFlight: number
}

const isEarly = new URLSearchParams(location.search).get('mutant') === 'early-ack'
const createWorker = () =>
  isEarly
    ? new Worker(new URL('./early-ack.worker.ts', import.meta.url), { type: 'module' })
    : new Worker(new URL('./store.worker.ts', import.meta.url), { type: 'module' })

let current: { readonly store: StoreName; readonly larder: Larder } | undefined

function opened(): { readonly store: StoreName; readonly larder: Larder } {
  if (current === undefined) throw new Error('No store is open.')
  return current
}

const tell = (report: Report) => globalThis.report(JSON.stringify(report))

globalThis.crash = {
  async open(store) {
    const larder = await openLarder({
      name: store,
      domain: notes,
      worker: createWorker,
      // A path at which the harness drops every connection.
      ...(store === 'synced' ? { sync: { url: '/unreachable' } } : {}),
    })
    current = { store, larder }
  },

  write({ run, tab, seed, inFlight }) {
    const { store, larder } = opened()
    const random = createRandom(seed)
    let begun = 0
    const appendForEver = async () => {
      for (;;) {
        const call = tab * CALLS_PER_TAB + ++begun
        const events = createEvents(store, run, call, random)
        if (begun === 1) tell({ kind: 'begun', tab, begun })
        const { commitId } = await larder.append(events)
        tell({ kind: 'acknowledged', store, run, call, size: events.length, commitId, tab, begun })
      }
    }
    for (let lane = 0; lane < inFlight; lane++)
      appendForEver().catch((error: unknown) => tell({ kind: 'failed', problem: String(error) }))
  },

  importAndCompact() {
    const { store, larder } = opened()
    const failed = (error: unknown) => tell({ kind: 'failed', problem: String(error) })
    const onProgress = ({ commits }: { readonly commits: number }) => tell({ kind: 'imported', store, call: commits })
    larder.appendAll(importedNotes(store), { id: IMPORT_ID, batchSize: IMPORT_BATCH, onProgress }).catch(failed)
    const compactForEver = async () => {
      for (;;) {
        await larder.compact()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    compactForEver().catch(failed)
  },

  async read(after) {
    const page = await opened().larder.events({ limit: 1000, ...(after === undefined ? {} : { after }) })
    const events = page.events.map(({ id, commitId, position, data }) => ({ id, commitId, position, data }))
    return JSON.stringify({ events, next: page.next })
  },

  async close() {
    await opened().larder.close()
    current = undefined
  },
}

/** The same in every run. */
function* importedNotes(store: StoreName) {
  for (let call = 1; ; call++) yield* createNotes(store, 0, call, IMPORT_BATCH, createRandom(call))
}

/** Half of the appends are one event; most others are a few, some up to 64, and now and then one is 400. */
function createEvents(store: StoreName, run: number, call: number, random: () => number) {
  return createNotes(store, run, call, sizeOf(random(), random()), random)
}

function createNotes(store: StoreName, run: number, call: number, size: number, random: () => number) {
  return Array.from({ length: size }, (_, index) => {
    const text = `${random().toString(36).slice(2)} `.repeat(Math.floor(random() * 20))
    const note = { store, run, call, index, size, text }
    return NoteWritten({ ...note, checksum: checksumOf(note) })
  })
}

function sizeOf(kind: number, share: number): number {
  if (kind < 0.6) return 1
  if (kind < 0.9) return 2 + Math.floor(share * 7)
  return kind < 0.998 ? 9 + Math.floor(share * 56) : 400
}
