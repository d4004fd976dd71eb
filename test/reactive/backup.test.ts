import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import type { RecordedEvent } from '../../src/event/recorded-event.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import type { BackupProgress } from '../../src/reactive/larder-backup.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { samplePending } from '../../src/testing/contract/sample-records.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { until } from '../support/fake-worker.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { MeasuredBackend } from '../support/measured-backend.ts'
import { byDay, Erased, journal, Noted, noted } from '../support/notes.ts'
import { dumpDisk } from '../support/open-store.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { streamOf, streamOfBytes, textOf } from '../support/streams.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'
import { openWatched } from '../support/watched-api.ts'

let clock: VirtualClock
let names: number
let server: SyncServer

beforeEach(() => {
  clock = new VirtualClock()
  names = 1
  server = new SyncServer()
  server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'Not allowed' })]
})

const newDevice = (): Device => new Device(names++, clock)
const openLocal = (device = newDevice()): Promise<Larder> => device.openTab()
/** A store that would sync, and does not for now. */
const openPaused = async (device = newDevice()): Promise<Larder> => {
  const larder = await device.openTab({ server: new SyncServer() })
  await larder.sync.pause()
  return larder
}

async function exchange(larder: Larder): Promise<void> {
  await clock.advance(1)
  let done = false
  const asked = larder.sync.now().finally(() => {
    done = true
  })
  await until(clock, () => done)
  await asked
}

async function allEvents(larder: Larder): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of larder.events()) events.push(event)
  return events
}

/** What an event is, wherever it lies. */
const factsOf = (events: readonly RecordedEvent[]) =>
  events.map(({ position: _position, receivedAt: _receivedAt, ...facts }) => facts)
const statesOf = async (larder: Larder) => [
  await larder.get(journal),
  await larder.get(byDay, 'mon'),
  await larder.get(byDay, 'tue'),
]
const backupOf = (larder: Larder): Promise<string> => textOf(larder.backup.export())
/** The commits of a file, without what is only of it. */
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

type Step =
  | { readonly append: readonly string[]; readonly stream: string }
  | { readonly wait: number }
  | { readonly do: 'sync' | 'discard' | 'amend' | 'compact' }

const text = fc.oneof(fc.constantFrom('bad', 'a', 'b', '✓ "\\ \u2028'), fc.string({ unit: 'grapheme', maxLength: 5 }))
const appendStep = fc.record({
  append: fc.array(text, { minLength: 1, maxLength: 3 }),
  stream: fc.constantFrom('notes', 'other'),
})
const history = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: appendStep },
    fc.record({ wait: fc.nat(5000) }),
    fc.record({ do: fc.constantFrom('sync' as const, 'discard' as const, 'amend' as const, 'compact' as const) }),
  ),
  { maxLength: 14 },
)

/** A store with a past: with a server, some of it confirmed, some pending, refused, given up or replaced. */
async function live(steps: readonly Step[], synced: boolean): Promise<Larder> {
  const larder = await newDevice().openTab(synced ? { server } : {})
  if (synced) await larder.sync.pause()
  for (const step of steps) {
    if ('append' in step) {
      const events = step.append.map((each, index) =>
        index === 2 ? Erased({ text: each }) : noted(each, 'mon', 'tue'),
      )
      await larder.append(events, { stream: step.stream, metadata: { userId: 'ann' } })
    } else if ('wait' in step) await clock.advance(step.wait)
    else if (step.do === 'compact') await larder.compact()
    else if (synced) {
      const [letter] = await larder.deadLetters.list()
      if (step.do === 'sync') {
        await larder.sync.resume()
        await exchange(larder)
        await larder.sync.pause()
      } else if (letter !== undefined && step.do === 'discard')
        await larder.deadLetters.discard(letter.id, { reason: 'x' })
      else if (letter !== undefined) await larder.deadLetters.amend(letter.id, noted('better', 'mon'))
    }
  }
  return larder
}

describe('a backup, imported into an empty store', () => {
  it.each([
    ['that syncs', true],
    ['that does not sync', false],
  ])('of a store %s has the same events, dead letters and states', async (_, synced) => {
    await fc.assert(
      fc.asyncProperty(history, fc.boolean(), fc.integer({ min: 1, max: 400 }), async (steps, toSynced, size) => {
        const source = await live(steps, synced)
        const file = await backupOf(source)
        const target = await (toSynced ? openPaused() : openLocal())
        const done = await target.backup.import(streamOf(file, size))
        const events = await allEvents(source)
        expect(factsOf(await allEvents(target))).toEqual(factsOf(events))
        expect(await statesOf(target)).toEqual(await statesOf(source))
        expect(await target.deadLetters.list()).toEqual(await source.deadLetters.list())
        expect(done.known).toBe(0)
        // What is imported again is here already; what is exported again says the same.
        const before = await target.backup.import(streamOf(file))
        expect(before).toMatchObject({ commits: 0, events: 0, known: done.commits })
        const ids = (lines: { id?: string }[]) => lines.map(({ id }) => id)
        const [exported, again] = [linesOf(file), linesOf(await backupOf(target))]
        expect(ids(again).sort()).toEqual(ids(exported).sort())
        await Promise.all([source.close(), target.close()])
      }),
      { numRuns: thorough(60, 25) },
    )
  })

  it('that does not sync keeps devices, seqs and the times of the server, and confirms in the order of the file', async () => {
    const other = await newDevice().openTab({ server })
    await other.append(noted('theirs'))
    await exchange(other)
    const source = await newDevice().openTab({ server })
    await exchange(source)
    await source.append(noted('ours'))
    await exchange(source)
    await source.sync.pause()
    await source.append(noted('later'))
    const file = await backupOf(source)
    const target = await openLocal()
    await target.backup.import(streamOf(file))
    const commitsIn = (each: string) =>
      linesOf(each).flatMap(({ id, device, seq, receivedAt, events }) =>
        id ? [{ id, device, seq, receivedAt, events }] : [],
      )
    expect(commitsIn(await backupOf(target))).toEqual(commitsIn(file))
    expect(new Set(commitsIn(file).map(({ device }) => device)).size).toBe(2)
    expect((await allEvents(target)).map(({ position }) => position)).toEqual([1, 2, 3])
  })

  it('that syncs never enters the confirmed zone, and the server hears of all of it', async () => {
    const source = await openLocal()
    await source.append([noted('a'), noted('b')])
    await source.append(noted('c'), { expectedVersion: 2 })
    const target = await newDevice().openTab({ server })
    await target.sync.pause()
    await target.append(noted('own'))
    await target.backup.import(streamOf(await backupOf(source)))
    expect((await allEvents(target)).map(({ position }) => position)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(await target.get(journal)).toEqual(['own', 'a', 'b', 'c'])
    await target.sync.resume()
    await exchange(target)
    expect(factsOf(await allEvents(target)).slice(1)).toEqual(factsOf(await allEvents(source)))
    expect((await allEvents(target)).map(({ position }) => position)).toEqual([1, 2, 3, 4])
    // Sent once more by another device, it is known to the server.
    const second = await newDevice().openTab({ server })
    await second.sync.pause()
    await second.backup.import(streamOf(await backupOf(source)))
    await second.sync.resume()
    await exchange(second)
    await exchange(second)
    expect(await second.get(journal)).toEqual(['own', 'a', 'b', 'c'])
  })

  it('does not bring back what was given up or replaced', async () => {
    const source = await newDevice().openTab({ server })
    await source.sync.pause()
    await source.append(noted('bad 1'))
    await source.append(noted('bad 2'))
    const older = await backupOf(source)
    await source.sync.resume()
    await exchange(source)
    await source.sync.pause()
    const [first, second] = await source.deadLetters.list()
    await source.deadLetters.discard(first?.id ?? '')
    await source.deadLetters.amend(second?.id ?? '', noted('good'))
    for (const [target, isIn] of [
      [await openLocal(), 'confirmed'] as const,
      [await openPaused(), 'pending'] as const,
    ]) {
      await target.backup.import(streamOf(await backupOf(source)))
      expect(await target.backup.import(streamOf(older))).toMatchObject({ commits: 0, known: 2 })
      expect(await target.get(journal)).toEqual(['good'])
      expect(await target.commit(first?.id ?? '').settled()).toBe('discarded')
      const replaced = target.commit(second?.id ?? '').settled({ timeoutMs: 10 })
      await clock.advance(10)
      expect(await replaced).toBe(isIn)
    }
  })

  it('has the server told what it is to withdraw, also where there was nothing to withdraw before', async () => {
    const source = await newDevice().openTab({ server })
    await source.append(noted('bad'))
    await exchange(source)
    const [letter] = await source.deadLetters.list()
    await source.sync.pause()
    await source.deadLetters.discard(letter?.id ?? '')
    const file = await backupOf(source)
    const target = await newDevice().openTab({ server })
    await exchange(target)
    await target.backup.import(streamOf(file))
    await exchange(target)
    expect(server.requests.at(-1)?.withdraw).toEqual([letter?.id])
  })

  it('that brings refused commits into a store of its own: a retry or a better one is confirmed, a discard is done', async () => {
    const source = await newDevice().openTab({ server })
    for (const text of ['bad 1', 'bad 2', 'bad 3']) await source.append(noted(text, 'mon'))
    await exchange(source)
    const target = await openLocal()
    await target.append(noted('own'))
    await target.backup.import(streamOf(await backupOf(source)))
    const [first, second, third] = await target.deadLetters.list()
    await target.deadLetters.retry(first?.id ?? '')
    const receipt = await target.deadLetters.amend(second?.id ?? '', noted('good'))
    await target.deadLetters.discard(third?.id ?? '')
    expect(receipt.position).toBe(3)
    expect(await target.commit(first?.id ?? '').settled()).toBe('confirmed')
    expect(await target.get(journal)).toEqual(['own', 'bad 1', 'good'])
    expect((await allEvents(target)).map(({ position }) => position)).toEqual([1, 2, 3])
    expect(await target.verify()).toMatchObject({ ok: true, events: 3, pending: 0, deadLetters: 0 })
  })

  it('of commits that the server has already gives each event once, while they are confirmed', async () => {
    const source = await newDevice().openTab({ server })
    for (const text of ['one', 'two', 'three']) await source.append(noted(text))
    await exchange(source)
    const target = await openPaused()
    await target.backup.import(streamOf(await backupOf(source)))
    const fed: unknown[] = []
    target.events$({ types: [Noted] }).subscribe(({ data }) => fed.push(data.text))
    await clock.advance(1000)
    const first = await target.events({ limit: 1, types: [Noted] })
    const last = await target.events({ limit: 1, types: [Noted], direction: 'backward' })
    await target.sync.resume()
    await exchange(target)
    const rest = async (page: typeof first, direction: 'forward' | 'backward') =>
      (await target.events({ types: [Noted], direction, ...(page.next === undefined ? {} : { after: page.next }) }))
        .events
    const textsOf = (events: typeof first.events) => events.map(({ data }) => data.text)
    expect(fed).toEqual(['one', 'two', 'three'])
    expect(textsOf(await rest(first, 'forward'))).toEqual(['two', 'three'])
    expect(textsOf(await rest(last, 'backward'))).toEqual(['two', 'one'])
  })

  it('no longer expects what was expected of another log', async () => {
    const source = await openPaused()
    await source.append(noted('a'), { expectedVersion: 'noStream' })
    await source.append(noted('b'), { expectedVersion: 1 })
    const target = await newDevice().openTab({ server })
    await target.append(noted('own'))
    await target.backup.import(streamOf(await backupOf(source)))
    await exchange(target)
    expect((await allEvents(target)).map(({ position }) => position)).toEqual([1, 2, 3])
    expect(await target.deadLetters.list()).toEqual([])
  })

  it('shows in views as it comes in, and in other tabs', async () => {
    const source = await openLocal()
    await source.append(noted('a'))
    const device = newDevice()
    const [tab, other] = [await openLocal(device), await openLocal(device)]
    await tab.backup.import(streamOf(await backupOf(source)))
    expect([await tab.get(journal), await other.get(journal)]).toEqual([['a'], ['a']])
    expect((await tab.append(noted('b'))).position).toBe(2)
    expect(await other.get(journal)).toEqual(['a', 'b'])
  })

  it('tells how far it is', async () => {
    const source = await openLocal()
    for (let n = 0; n < 20; n++) await source.append(noted('x'.repeat(50_000)))
    const progress: BackupProgress[] = []
    const target = await openLocal()
    const done = await target.backup.import(streamOf(await backupOf(source)), {
      onProgress: (each) => progress.push(each),
    })
    expect(done).toEqual({ events: 20, commits: 20, known: 0, read: 20, total: 20 })
    expect(progress.length).toBeGreaterThan(3)
    expect(progress.map(({ read }) => read)).toEqual(progress.map(({ read }) => read).sort((a, b) => a - b))
    expect(progress.at(-1)).toEqual(done)
  })

  it('is first looked through, if one wants', async () => {
    const source = await openLocal()
    await source.append([noted('a'), noted('b')])
    const file = await backupOf(source)
    const device = newDevice()
    const target = await openLocal(device)
    const before = await dumpDisk(device.disk)
    expect(await target.backup.check(streamOf(file))).toMatchObject({ commits: 1, events: 2 })
    expect((await failureOf(() => target.backup.check(streamOf(file.slice(0, -90))))).code).toBe('backup-invalid')
    expect(await dumpDisk(device.disk)).toEqual(before)
  })
})

describe('a file that is not what was exported', () => {
  let file: string
  let texts: readonly string[]

  beforeEach(async () => {
    const source = await openLocal()
    for (const each of ['a', 'b', 'c', 'd', 'e']) await source.append(noted(each))
    texts = await source.get(journal)
    file = await backupOf(source)
  })

  it('is refused where it is cut off; what stands in front is imported whole, and the error says how much', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 2), fc.integer({ min: 1, max: 500 }), async (end, size) => {
        const target = await openLocal()
        const error = await failureOf(() => target.backup.import(streamOf(file.slice(0, end), size)))
        expect(error.code).toBe('backup-invalid')
        const whole = file.split('\n').findIndex((line, index) => file.slice(0, end).split('\n')[index] !== line)
        expect(error.details).toEqual({ line: whole + 1, problem: whole === 0 ? 'not-a-backup' : 'truncated' })
        const commits = Math.min(5, Math.max(0, whole - 1))
        expect(await target.get(journal)).toEqual(texts.slice(0, commits))
        expect(error.imported).toEqual({ commits, events: commits })
        // With the whole file it goes on where it was.
        expect(await target.backup.import(streamOf(file))).toMatchObject({ known: commits, commits: 5 - commits })
        expect(await target.get(journal)).toEqual(texts)
        await target.close()
      }),
      { numRuns: thorough(60, 25) },
    )
  })

  it('is refused at the line in which a byte is another; nothing of it, or behind it, is imported', async () => {
    const bytes = new TextEncoder().encode(file)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const altered = bytes.slice()
        altered[at] = (altered[at] ?? 0) ^ by
        const target = await openLocal()
        const error = await failureOf(() => target.backup.import(streamOfBytes(altered)))
        const line = file.slice(0, at).split('\n').length
        if (error.code === 'backup-invalid') expect(error.details).toMatchObject({ line })
        // Only its first line can say that it is of a newer version.
        else expect([error.code, line]).toEqual(['backup-too-new', 1])
        expect(await target.get(journal)).toEqual(texts.slice(0, Math.max(0, line - 2)))
        await target.close()
      }),
      { numRuns: thorough(200, 80) },
    )
  })

  it.each(['', 'name,calories\nPorridge,320\n', '{"name":"x"}\n', '\u0000\u0001\ufffd'])(
    'is refused when it is something else: %j',
    async (other) => {
      const error = await failureOf(async () => (await openLocal()).backup.import(streamOf(other)))
      expect(error).toMatchObject({ code: 'backup-invalid', details: { line: 1, problem: 'not-a-backup' } })
    },
  )

  it('is refused when its first line has no end', async () => {
    let pulls = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulls++
        controller.enqueue(new Uint8Array(1024 * 1024).fill(97))
      },
    })
    const error = await failureOf(async () => (await openLocal()).backup.import(endless))
    expect(error.details).toEqual({ line: 1, problem: 'not-a-backup' })
    expect(pulls).toBeLessThan(8)
  })

  it('is refused when a newer app has written it', async () => {
    const newer = file.replace('"version":1', '"version":2')
    const error = await failureOf(async () => (await openLocal()).backup.import(streamOf(newer)))
    expect(error).toMatchObject({ code: 'backup-too-new', details: { version: 2, supported: 1 } })
  })

  it('is refused when it is no stream, or one that somebody else reads', async () => {
    const target = await openLocal()
    const taken = streamOf(file)
    taken.getReader()
    for (const given of [taken, file, undefined])
      expect((await failureOf(() => target.backup.import(given as never))).code).toBe('argument')
  })

  it('ends with what its stream failed with, and can be gone on with', async () => {
    const cause = new TypeError('The disk was pulled out')
    const target = await openLocal()
    let pulls = 0
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (pulls++ === 0) controller.enqueue(new TextEncoder().encode(file.slice(0, file.length / 2)))
        else controller.error(cause)
      },
    })
    expect(await failureOf(() => target.backup.import(broken))).toMatchObject({ code: 'source-failed', cause })
    await target.backup.import(streamOf(file))
    expect(await target.get(journal)).toEqual(texts)
  })

  it('ends when it is told to, and lets go of the stream', async () => {
    const target = await openLocal()
    const stop = new AbortController()
    let cancelled: unknown
    const waiting = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => undefined),
      cancel: (reason) => {
        cancelled = reason
      },
    })
    const importing = target.backup.import(waiting, { signal: stop.signal })
    stop.abort('enough')
    expect(await failureOf(() => importing)).toMatchObject({ code: 'aborted', cause: 'enough' })
    expect(cancelled).toMatchObject({ code: 'aborted' })
  })
})

describe('an import that fails half-way', () => {
  it('at whatever step of the storage has stored whole commits, and goes on with the same file', async () => {
    const source = await live(
      [
        { append: ['a', 'bad'], stream: 'notes' },
        { do: 'sync' },
        { append: ['b'], stream: 'notes' },
        { append: ['c', 'd'], stream: 'x' },
      ],
      true,
    )
    const file = await backupOf(source)
    const states = await statesOf(source)
    const letters = await source.deadLetters.list()
    for (let failAt = 1; ; failAt++) {
      const device = newDevice()
      let backend: FaultyBackend | undefined
      const tab = await device.openTab({ wrap: (inner) => (backend = new FaultyBackend(inner)) })
      backend?.failNext(failAt)
      const hasFailed = await tab.backup.import(streamOf(file)).then(
        () => backend?.failed !== undefined,
        () => true,
      )
      const again = await openLocal(device)
      await again.backup.import(streamOf(file))
      expect(await statesOf(again)).toEqual(states)
      expect(await again.deadLetters.list()).toEqual(letters)
      expect((await again.verify()).damaged).toEqual([])
      await again.close()
      if (!hasFailed) break
      expect(failAt).toBeLessThan(200)
    }
  })

  it('because the worker died goes on with the next one', async () => {
    const source = await openLocal()
    for (let n = 0; n < 12; n++) await source.append(noted(`${n}${'x'.repeat(50_000)}`))
    let parts = 0
    const target = await openWatched({
      platform: new VirtualMachine(9, clock).openTab(),
      disk: new MemoryDisk(),
      watch: (api) => ({
        importBackup: async (lines) => {
          const answer = await api.importBackup(lines)
          if (parts++ === 1) throw new LarderError('worker-crashed', 'It died', { details: { outcome: 'unknown' } })
          return answer
        },
      }),
    })
    await target.backup.import(streamOf(await backupOf(source)))
    expect(factsOf(await allEvents(target))).toEqual(factsOf(await allEvents(source)))
  })
})

describe('exporting', () => {
  it('begins when it is read, and reads no further than it is read', async () => {
    let [parts, ended] = [0, 0]
    const larder = await openWatched({
      platform: new VirtualMachine(9, clock).openTab(),
      disk: new MemoryDisk(),
      watch: (api) => ({
        readBackup: (id, part) => {
          parts++
          return api.readBackup(id, part)
        },
        endBackup: (id) => {
          ended++
          return api.endBackup(id)
        },
      }),
    })
    for (let n = 0; n < 40; n++) await larder.append([noted('x'.repeat(100_000)), noted('y'.repeat(100_000))])
    const stream = larder.backup.export()
    await clock.advance(10)
    expect(parts).toBe(0)
    const reader = stream.getReader()
    await reader.read()
    const { value } = await reader.read()
    expect(value?.length).toBeLessThan(3_000_000)
    await clock.advance(10)
    expect(parts).toBe(2)
    await reader.cancel()
    expect(ended).toBe(1)
  })

  it('has each commit once, of one moment, whatever is appended, confirmed and compacted on the way', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.array(history, { maxLength: 8 }), async (before, meanwhile) => {
        const source = await live(before, true)
        const had = (await allEvents(source)).map(({ id }) => id)
        const parts: string[] = []
        const reader = source.backup.export().getReader()
        for (;;) {
          const { value } = await reader.read()
          if (value === undefined) break
          parts.push(new TextDecoder().decode(value))
          for (const step of meanwhile.shift() ?? []) {
            if ('append' in step) await source.append(step.append.map((each) => noted(each)))
            else if ('do' in step && step.do === 'compact') await source.compact()
            else if ('do' in step && step.do === 'sync') {
              await source.sync.resume()
              await exchange(source)
              await source.sync.pause()
            }
          }
        }
        const lines = linesOf(parts.join(''))
        const ids = lines.flatMap(({ id }) => id ?? [])
        expect(new Set(ids).size).toBe(ids.length)
        const inFile = new Set(lines.flatMap(({ events }) => (Array.isArray(events) ? events.map(({ id }) => id) : [])))
        expect(had.filter((id) => !inFile.has(id))).toEqual([])
        const target = await openLocal()
        await target.backup.import(streamOf(parts.join('')))
        await Promise.all([source.close(), target.close()])
      }),
      { numRuns: thorough(60, 25) },
    )
  })

  it('holds few of the commits that were given up in memory, however many there are', async () => {
    const device = newDevice()
    let measured: MeasuredBackend | undefined
    const wrap = (backend: StorageBackend) => {
      measured = new MeasuredBackend(backend)
      return measured
    }
    const source = await device.openTab({ wrap })
    for (let n = 0; n < 150; n++) {
      const commit = samplePending(n)
      device.disk.tables.discarded.put(commit.id, {
        id: commit.id,
        why: 'discarded',
        note: '',
        at: 0,
        withdraw: [],
        commit,
      })
    }
    const lines = linesOf(await backupOf(source))
    expect(lines.filter(({ kind }) => kind === 'discarded')).toHaveLength(150)
    expect(measured?.discarded).toBe(64)
    await source.close()
  })

  it('goes on where it was when what it has read is merged with what it has not', async () => {
    const source = await openLocal()
    for (let n = 0; n < 12; n++) await source.append(noted(String(n)))
    const reader = source.backup.export().getReader()
    let file = ''
    for (let part = 0; ; part++) {
      const { value } = await reader.read()
      if (value === undefined) break
      file += new TextDecoder().decode(value)
      if (part === 1) expect((await source.compact()).merged).toBeGreaterThan(0)
    }
    expect(linesOf(file).flatMap(({ position }) => position ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('fails when the worker dies on the way: what another would add is of another moment', async () => {
    let calls = 0
    const larder = await openWatched({
      platform: new VirtualMachine(9, clock).openTab(),
      disk: new MemoryDisk(),
      // The second part is asked of a worker that never gave the first.
      watch: (api) => ({ readBackup: (id, part) => api.readBackup(calls++ === 0 ? id : id + 1000, part) }),
    })
    await larder.append(noted('a'))
    expect((await failureOf(() => backupOf(larder))).code).toBe('worker-crashed')
  })

  it('says which positions could not be read', async () => {
    const device = newDevice()
    const larder = await openLocal(device)
    for (const each of ['a', 'b', 'c']) await larder.append(noted(each))
    await larder.close()
    await openMemoryStorage(device.disk).transact('write', ['confirmed'], async (tx) => {
      const segment = await tx.get('confirmed', 2)
      if (segment !== undefined) await tx.put('confirmed', { ...segment, checksum: 1 })
    })
    const file = await backupOf(await openLocal(device))
    expect(linesOf(file).map(({ kind }) => kind)).toEqual([
      'larder-backup',
      'confirmed',
      'unreadable',
      'confirmed',
      'end',
    ])
    const target = await openLocal()
    await target.backup.import(streamOf(file))
    expect(await target.get(journal)).toEqual(['a', 'c'])
  })
})
