import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { LarderError, type LarderErrorCode } from '../../src/errors.ts'
import type { NewEvent } from '../../src/event/recorded-event.ts'
import type { AppendAllOptions, AppendAllProgress } from '../../src/reactive/append-all-options.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { failureOf } from '../support/failure.ts'
import { until } from '../support/fake-worker.ts'
import { Noted, noted } from '../support/notes.ts'
import { readDisk } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'
import { openWatched } from '../support/watched-api.ts'

let disk: MemoryDisk
let machine: VirtualMachine

beforeEach(() => {
  disk = new MemoryDisk()
  machine = new VirtualMachine(1, new VirtualClock())
})

interface Faults {
  /** From the n-th commit on (from 0), the engine is gone: that commit is stored before, or is not. */
  readonly dies?: { readonly at: number; readonly after: boolean } | undefined
  readonly code?: 'worker-crashed' | 'storage-full'
  readonly server?: SyncServer
  readonly onAppend?: (commit: number) => Promise<void>
}

/** A tab that has not opened before. */
function open({ dies, code = 'worker-crashed', server, onAppend }: Faults = {}): Promise<Larder> {
  let commits = 0
  return openWatched({
    platform: machine.openTab(),
    disk,
    ...(server === undefined ? {} : { server }),
    watch: (api) => ({
      append: async (commit, lookUp) => {
        const nth = commits++
        await onAppend?.(nth)
        if (dies !== undefined && nth >= dies.at) {
          if (nth === dies.at && dies.after) await api.append(commit, lookUp)
          throw failures[code]()
        }
        return api.append(commit, lookUp)
      },
    }),
  })
}

const failures = {
  'worker-crashed': () => new LarderError('worker-crashed', 'It died', { details: { outcome: 'unknown' } }),
  'storage-full': () => new LarderError('storage-full', 'Full', { details: { usage: 1, quota: 1 } }),
} satisfies Partial<Record<LarderErrorCode, () => LarderError>>

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))
const stored = async () => (await readDisk(disk)).confirmed
const storedTexts = async () => (await stored()).flatMap(({ events }) => events.map(({ text }) => text))

/** Events that say how far they have been pulled, and how they were let go. */
class Source implements AsyncIterable<NewEvent> {
  pulled = 0
  isClosed = false
  readonly #events: readonly NewEvent[]
  /** Waits for ever, or throws, in place of the n-th. */
  readonly #instead: { readonly at: number; readonly by: () => Promise<never> } | undefined

  constructor(events: readonly NewEvent[], instead?: { readonly at: number; readonly by: () => Promise<never> }) {
    this.#events = events
    this.#instead = instead
  }

  [Symbol.asyncIterator](): AsyncIterator<NewEvent> {
    return {
      next: () => {
        const index = this.pulled++
        if (this.#instead?.at === index) return this.#instead.by()
        const value = this.#events[index]
        return Promise.resolve(value === undefined ? { done: true, value: undefined } : { done: false, value })
      },
      return: async () => {
        this.isClosed = true
        return { done: true, value: undefined }
      },
    }
  }
}

describe('appending very many events', () => {
  it('refuses what is no event, and takes it for no end', async () => {
    const larder = await open()
    const source: unknown[] = [noted('a'), undefined, noted('b')]
    const failure = await failureOf(() => larder.appendAll(source as ReturnType<typeof noted>[]))
    expect(failure).toMatchObject({ code: 'argument' })
    expect(await stored()).toEqual([])
    await larder.close()
  })

  it('stores them in order, in commits of at most batchSize, and says so after each', async () => {
    const larder = await open()
    const progress: AppendAllProgress[] = []
    const given = { id: uuid(1), batchSize: 4, onProgress: (each: AppendAllProgress) => progress.push(each) }
    const done = await larder.appendAll(
      texts(10).map((text) => noted(text)),
      given,
    )
    expect((await stored()).map(({ events }) => events.map(({ text }) => text))).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7'],
      ['8', '9'],
    ])
    expect(progress).toEqual([
      { id: uuid(1), events: 4, commits: 1 },
      { id: uuid(1), events: 8, commits: 2 },
      { id: uuid(1), events: 10, commits: 3 },
    ])
    expect(done).toEqual(progress.at(-1))
  })

  it('takes 500 to a commit where nothing else is said, and an id of its own', async () => {
    const larder = await open()
    const done = await larder.appendAll(texts(1200).map((text) => noted(text)))
    expect((await stored()).map(({ events }) => events.length)).toEqual([500, 500, 200])
    expect((await larder.appendAll([noted('x')])).id).not.toBe(done.id)
  })

  it('ends a commit before it has more than 256 KiB', async () => {
    const larder = await open()
    const text = 'x'.repeat(100 * 1024)
    await larder.appendAll(texts(5).map(() => noted(text)))
    expect((await stored()).map(({ events }) => events.length)).toEqual([2, 2, 1])
  })

  it('takes nothing, and stores nothing', async () => {
    const larder = await open()
    expect(await larder.appendAll([], { id: uuid(1) })).toEqual({ id: uuid(1), events: 0, commits: 0 })
    expect(await stored()).toEqual([])
  })

  it('takes a generator, a Set, or whatever gives events one by one; stream and metadata are added to each', async () => {
    const larder = await open()
    async function* later() {
      yield noted('a')
      yield noted('b')
    }
    await larder.appendAll(later(), { stream: 'imported', metadata: { userId: 'ann' } })
    await larder.appendAll(new Set([noted('c')]))
    const { events } = await larder.events({ types: [Noted] })
    expect(events.map(({ data, stream, metadata }) => [data.text, stream, metadata])).toEqual([
      ['a', 'imported', { userId: 'ann' }],
      ['b', 'imported', { userId: 'ann' }],
      ['c', 'notes', {}],
    ])
  })

  it('queues them where a server confirms', async () => {
    const larder = await open({ server: new SyncServer() })
    await larder.sync.pause()
    await larder.appendAll(
      texts(5).map((text) => noted(text)),
      { batchSize: 2 },
    )
    expect((await readDisk(disk, 'server')).pending.map(({ count }) => count)).toEqual([2, 2, 1])
  })

  it('pulls no more than the commit that is on its way and the one behind it', async () => {
    const ahead: number[] = []
    const source = new Source(texts(40).map((text) => noted(text)))
    const larder = await open({
      onAppend: async (commit) => {
        for (let turn = 0; turn < 20; turn++) await settled()
        ahead.push(source.pulled - 4 * commit)
      },
    })
    await larder.appendAll(source, { batchSize: 4 })
    expect(ahead).toHaveLength(10)
    expect(Math.max(...ahead)).toBeLessThanOrEqual(8)
    expect(await storedTexts()).toEqual(texts(40))
  })

  it('lets the page do something else every few milliseconds', async () => {
    const clock = new TickingClock(machine.clock)
    const platform = { ...machine.openTab(), clock, nextTurn: () => clock.nextTurn() }
    const larder = await openWatched({ platform, disk, watch: () => ({}) })
    clock.longest = 0
    await larder.appendAll(texts(3000).map((text) => noted(text)))
    expect(clock.yields).toBeGreaterThan(30)
    expect(clock.longest).toBeLessThan(50)
  })
})

/** A clock on which a millisecond passes whenever it is looked at. */
class TickingClock extends VirtualClock {
  yields = 0
  longest = 0
  #ticks = 0
  #since = 0
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    super()
    this.#clock = clock
  }

  override monotonic(): number {
    this.longest = Math.max(this.longest, ++this.#ticks - this.#since)
    return this.#ticks
  }

  /** In a tab that is hidden, where a timer may never be due. */
  override after(delayMs: number, task: () => void): () => void {
    return this.#clock.after(delayMs, task)
  }

  async nextTurn(): Promise<void> {
    await settled()
    this.yields++
    this.#since = this.#ticks
  }
}

describe('appending very many events again, with the same id', () => {
  it('adds nothing twice, wherever it broke off before, and leaves nothing out', async () => {
    const crash = fc.record({ at: fc.nat(12), after: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(30),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.oneof(fc.record({ crash }), fc.record({ breaks: fc.nat(30) })), { maxLength: 4 }),
        async (count, batchSize, faults) => {
          disk = new MemoryDisk()
          const events = () => texts(count).map((text) => noted(text))
          const options: AppendAllOptions = { id: uuid(7), batchSize }
          for (const fault of faults) {
            const larder = await open('crash' in fault ? { dies: fault.crash } : {})
            const broken =
              'breaks' in fault ? { at: fault.breaks, by: () => Promise.reject(new Error('gone')) } : undefined
            const error = await larder.appendAll(new Source(events(), broken), options).catch((reason) => reason)
            const found = await storedTexts()
            expect(found).toEqual(texts(found.length))
            if (!(error instanceof LarderError)) continue
            // What it says is stored is stored; one commit more may be, of which the answer was lost.
            expect(found.length - (error.imported?.events ?? -1)).toBeGreaterThanOrEqual(0)
          }
          const done = await (await open()).appendAll(new Source(events()), options)
          expect(await storedTexts()).toEqual(texts(count))
          expect(done).toEqual({ id: uuid(7), events: count, commits: Math.ceil(count / batchSize) })
        },
      ),
      { numRuns: thorough(150, 40) },
    )
  })

  it.each<[string, { events?: string[]; batchSize?: number }]>([
    ['other events', { events: ['a', 'b', 'c', 'X', 'e'] }],
    ['the same in another order', { events: ['a', 'b', 'd', 'c', 'e'] }],
    ['one event more', { events: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    ['another batch size', { batchSize: 3 }],
  ])('notices %s', async (_, { events = ['a', 'b', 'c', 'd', 'e'], batchSize = 2 }) => {
    const larder = await open()
    const first = ['a', 'b', 'c', 'd', 'e']
    await larder.appendAll(
      first.map((text) => noted(text)),
      { id: uuid(1), batchSize: 2 },
    )
    const again = larder.appendAll(
      events.map((text) => noted(text)),
      { id: uuid(1), batchSize },
    )
    expect((await failureOf(() => again)).code).toBe('id-reused')
    expect(await storedTexts()).toEqual(first)
  })
})

describe('a bulk append that fails', () => {
  it('says what is stored all the same, and lets go of the source', async () => {
    const source = new Source([...texts(5).map((text) => noted(text)), Noted({ text: 5 as never }), noted('6')])
    const larder = await open()
    const error = await failureOf(() => larder.appendAll(source, { id: uuid(1), batchSize: 2 }))
    expect(error).toMatchObject({ code: 'validation', imported: { id: uuid(1), events: 4, commits: 2 } })
    expect(error.details).toMatchObject({ type: 'Noted', event: 5 })
    expect(source.isClosed).toBe(true)
    expect(await storedTexts()).toEqual(['0', '1', '2', '3'])
  })

  it('passes on why the storage refused, and asks for no more', async () => {
    const source = new Source(texts(40).map((text) => noted(text)))
    const larder = await open({ dies: { at: 2, after: false }, code: 'storage-full' })
    const error = await failureOf(() => larder.appendAll(source, { id: uuid(1), batchSize: 4 }))
    expect(error).toMatchObject({ code: 'storage-full', imported: { events: 8, commits: 2 } })
    expect(error.details).toEqual({ usage: 1, quota: 1 })
    expect(source.pulled).toBeLessThanOrEqual(17)
    expect(source.isClosed).toBe(true)
  })

  it('hears of it at once, though the source has nothing to give', async () => {
    const source = new Source(
      texts(4).map((text) => noted(text)),
      { at: 2, by: () => new Promise(() => undefined) },
    )
    const larder = await open({ dies: { at: 0, after: false }, code: 'storage-full' })
    expect((await failureOf(() => larder.appendAll(source, { batchSize: 2 }))).code).toBe('storage-full')
    expect(source.isClosed).toBe(true)
  })

  it('says that the source failed, and why', async () => {
    const cause = new RangeError('no such file')
    const source = new Source(
      texts(4).map((text) => noted(text)),
      { at: 3, by: () => Promise.reject(cause) },
    )
    const error = await failureOf(async () => (await open()).appendAll(source, { batchSize: 2 }))
    expect(error).toMatchObject({ code: 'source-failed', cause, imported: { events: 2, commits: 1 } })
    // Who has failed is not asked to end.
    expect(source.isClosed).toBe(false)
  })

  it('says so of a source that throws, and of one that is none', async () => {
    const larder = await open()
    function* broken(): Generator<NewEvent> {
      yield noted('a')
      throw new RangeError('x')
    }
    expect((await failureOf(() => larder.appendAll(broken()))).code).toBe('source-failed')
    for (const given of [undefined, 5, {}, noted('a')])
      expect((await failureOf(() => larder.appendAll(given as never))).code).toBe('argument')
  })

  it('ends when it is told to, though the source has nothing to give', async () => {
    const stop = new AbortController()
    const source = new Source(
      texts(9).map((text) => noted(text)),
      { at: 5, by: () => new Promise(() => undefined) },
    )
    const larder = await open()
    const importing = larder.appendAll(source, { batchSize: 2, signal: stop.signal })
    await until(machine.clock, () => source.pulled === 6)
    stop.abort('enough')
    expect(await failureOf(() => importing)).toMatchObject({
      ...{ code: 'aborted', cause: 'enough', imported: { events: 4, commits: 2 } },
    })
    expect(source.isClosed).toBe(true)
    expect(await storedTexts()).toEqual(texts(4))
    const never = new Source([noted('x')])
    expect((await failureOf(() => larder.appendAll(never, { signal: stop.signal }))).code).toBe('aborted')
    expect(never.pulled).toBe(0)
  })

  it('ends with what onProgress throws', async () => {
    const broken = new RangeError('the app’s own')
    const source = new Source(texts(9).map((text) => noted(text)))
    const onProgress = () => {
      throw broken
    }
    const larder = await open()
    await expect(larder.appendAll(source, { batchSize: 2, onProgress })).rejects.toBe(broken)
    expect(source.isClosed).toBe(true)
  })

  it.each<[string, AppendAllOptions, string]>([
    ['no batch', { batchSize: 0 }, 'argument'],
    ['a batch that no commit can be', { batchSize: 1001 }, 'argument'],
    ['an id that is none', { id: 'import' }, 'id-invalid'],
  ])('refuses %s before it asks for anything', async (_, options, code) => {
    const source = new Source([noted('x')])
    const larder = await open()
    expect((await failureOf(() => larder.appendAll(source, options))).code).toBe(code)
    expect(source.pulled).toBe(0)
  })
})
