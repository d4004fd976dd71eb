import { isLarderError, type Larder, openLarder } from '@larder/sdk'
import { notes, SlowlyWritten, texts, totals, Written } from '../notes.ts'
import { appendMany } from './append-many.ts'
import workerUrl from './lab.worker.ts?worker&url'
import type { LabError, Listed } from './lab-page.ts'

let current: Larder | undefined
let shown: readonly string[] = []

function larder(): Larder {
  if (current === undefined) throw new Error('No store is open.')
  return current
}

function toLabError(error: unknown): LabError {
  if (isLarderError(error)) return { code: error.code, details: error.details }
  return { code: `not ours: ${String(error)}`, details: undefined }
}

globalThis.lab = {
  async open({ name, account, fault, fallback, syncUrl }) {
    const address = fault === undefined ? workerUrl : `${workerUrl}?fault=${fault}`
    try {
      current = await openLarder({
        name,
        domain: notes,
        worker: () => new Worker(address, { type: 'module' }),
        ...(account === undefined ? {} : { account }),
        ...(fallback === undefined ? {} : { fallback }),
        ...(syncUrl === undefined ? {} : { sync: { url: syncUrl } }),
      })
      return await storageMode(current)
    } catch (error) {
      return toLabError(error)
    }
  },

  async append({ stream, text, slowly = false, expectedVersion }) {
    const create = slowly ? SlowlyWritten : Written
    try {
      return (await larder().append(create({ stream, text }), { expectedVersion: expectedVersion ?? 'any' })).position
    } catch (error) {
      return toLabError(error)
    }
  },

  appendMany: (options) => appendMany(larder(), options),

  appendForEver({ stream, run, size, lanes }) {
    let calls = 0
    const append = async () => {
      for (;;) {
        const call = ++calls
        const events = Array.from({ length: size }, (_, index) => Written({ stream, text: `${run}/${call}/${index}` }))
        sessionStorage.setItem(`begun ${run}/${call}`, '')
        await larder().append(events)
        sessionStorage.setItem(`stored ${run}/${call}`, '')
      }
    }
    for (let lane = 0; lane < lanes; lane++) void append()
  },

  async appendHistory(stream, commits) {
    for (let commit = 0; commit < commits; commit++) {
      const events = Array.from({ length: 1000 }, (_, index) =>
        Written({ stream, text: `${commit * 1000 + index} `.padEnd(100, '.') }),
      )
      await larder().append(events)
    }
  },

  async list(stream) {
    const all: Listed[] = []
    for await (const page of pagesOf(stream))
      for (const { data, position } of page) all.push({ text: textOf(data), position })
    return all
  },

  async readThrough(stream) {
    const seen = { pages: 0, events: 0, mostEvents: 0, mostCharacters: 0, isInOrder: true }
    for await (const page of pagesOf(stream)) {
      for (const { data } of page) seen.isInOrder &&= Number.parseInt(textOf(data), 10) === seen.events++
      seen.pages++
      seen.mostEvents = Math.max(seen.mostEvents, page.length)
      seen.mostCharacters = Math.max(seen.mostCharacters, JSON.stringify(page).length)
    }
    return seen
  },

  totals(time) {
    const projection = totals[time]
    if (projection === undefined) throw new RangeError(`There are totals from 0 to ${totals.length - 1}`)
    return larder().get(projection)
  },

  texts: (stream) => larder().get(texts, stream),

  watch(stream) {
    larder()
      .view(texts, stream)
      .subscribe((state) => {
        shown = state
      })
  },

  watched: () => shown,

  async close() {
    await larder().close()
    current = undefined
  },

  async signOut(unsynced) {
    try {
      const { destroyed, backup } = await larder().signOut(unsynced === undefined ? {} : { unsynced })
      const lines = await backup?.text()
      return { destroyed, backup: lines?.split('\n').filter((line) => line.includes('"kind":"pending"')).length }
    } catch (error) {
      return toLabError(error)
    }
  },
}

async function* pagesOf(stream: string) {
  let after: string | undefined
  do {
    const page = await larder().events({ stream, limit: 1000, ...(after === undefined ? {} : { after }) })
    yield page.events
    after = page.next
  } while (after !== undefined)
}

function textOf(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'text' in data && typeof data.text === 'string') return data.text
  throw new Error('This event has no text.')
}

function storageMode(opened: Larder): ReturnType<typeof lab.open> {
  return new Promise((resolve, reject) => {
    const subscription = opened.health$.subscribe({
      next: ({ storage }) => {
        resolve(storage.mode)
        queueMicrotask(() => subscription.unsubscribe())
      },
      error: reject,
    })
  })
}
