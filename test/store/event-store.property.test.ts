import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { type ExpectedVersion, isExpectationMet } from '../../src/event/expected-version.ts'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { countBehind, type PendingRecord } from '../../src/store/records.ts'
import { Noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

/** What one tab does in a turn. Several turns follow each other; within one, nobody waits for anybody. */
interface Step {
  readonly tab: number
  readonly streams: readonly string[]
  readonly expected: Readonly<Record<string, ExpectedVersion>>
  readonly refresh: boolean
}

const stream = fc.constantFrom('a', 'b', 'c', '__proto__')
const expected = fc.oneof(
  fc.constantFrom<ExpectedVersion>('any', 'noStream', 'streamExists'),
  fc.nat(6),
) as fc.Arbitrary<ExpectedVersion>
const step: fc.Arbitrary<Step> = fc
  .record({
    tab: fc.nat(2),
    streams: fc.array(stream, { minLength: 1, maxLength: 4 }),
    expectations: fc.array(expected, { minLength: 4, maxLength: 4 }),
    refresh: fc.boolean(),
  })
  .map(({ tab, streams, expectations, refresh }) => ({
    tab,
    streams,
    refresh,
    expected: Object.fromEntries([...new Set(streams)].map((name, index) => [name, expectations[index] ?? 'any'])),
  }))
const turns = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 })

/** All that a commit stands on in a stream, also by what it names. */
function standsOn({ basis }: PendingRecord, name: string, pending: readonly PendingRecord[]): Set<string> {
  const ids = new Set<string>()
  for (const { id, also } of basis[name]?.behind ?? []) {
    ids.add(id)
    const link = also === undefined ? undefined : pending.find((each) => each.id === id)
    if (link !== undefined) for (const each of standsOn(link, name, pending)) ids.add(each)
  }
  return ids
}

type Result = { step: Step; id: string; position: number | undefined; error?: unknown }

async function run(history: readonly (readonly Step[])[], authority: 'local' | 'server') {
  const disk = new MemoryDisk()
  const tabs = await Promise.all([0, 1, 2].map(() => openStore({ disk, authority })))
  const results: Result[] = []
  for (const turn of history) results.push(...(await Promise.all(turn.map((each) => append(tabs[each.tab], each)))))
  return { results, tabs, disk }
}

async function append(tab: EventStore | undefined, step: Step): Promise<Result> {
  const commit = prepared(
    step.streams.map((name) => Noted({ text: name }, { stream: name })),
    { expectedVersion: step.expected },
  )
  if (step.refresh) void tab?.refresh()
  try {
    return { step, id: commit.id, position: (await tab?.append(commit))?.position }
  } catch (error) {
    return { step, id: commit.id, position: undefined, error }
  }
}

/** Replays the log as it came out: every commit in it must have been allowed where it stands. Answers the versions of the streams. */
function replay(log: readonly { id: string; streams: readonly string[] }[], results: readonly Result[]) {
  const versions = new Map<string, number>()
  for (const { id, streams } of log) {
    const result = results.find((each) => each.id === id)
    expect(result?.error).toBeUndefined()
    expect(streams).toEqual(result?.step.streams)
    for (const [name, wanted] of Object.entries(result?.step.expected ?? {}))
      expect(isExpectationMet(wanted, versions.get(name) ?? 0)).toBe(true)
    for (const name of streams) versions.set(name, (versions.get(name) ?? 0) + 1)
  }
  return versions
}

function checkRefusals(results: readonly Result[], versions: ReadonlyMap<string, number>): void {
  for (const { step, error } of results.filter((each) => each.error !== undefined)) {
    if (!isLarderError(error, 'concurrency')) throw error
    const { stream: name, expected: wanted, actual } = error.details
    expect(step.expected[name]).toBe(wanted)
    expect(isExpectationMet(wanted, actual)).toBe(false)
    expect(actual).toBeLessThanOrEqual(versions.get(name) ?? 0)
  }
}

/** Appends of one tab keep the order in which they were called. */
function checkOrder(log: readonly { id: string }[], results: readonly Result[]): void {
  for (const tab of [0, 1, 2]) {
    const called = results.filter(({ step, error }) => step.tab === tab && error === undefined).map(({ id }) => id)
    expect(log.map(({ id }) => id).filter((id) => called.includes(id))).toEqual(called)
  }
}

describe('several tabs that append to one log, in any interleaving', () => {
  it('make one order in which every commit was allowed, with dense positions (local)', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (history) => {
        const { results, tabs, disk } = await run(history, 'local')
        const { confirmed, pending } = await readDisk(disk)
        expect(pending).toEqual([])
        const log = confirmed.map(({ id, events }) => ({ id, streams: events.map((event) => event.stream) }))
        const versions = replay(log, results)
        checkRefusals(results, versions)
        checkOrder(log, results)
        const positions = confirmed.flatMap(({ events }) => events.map(({ position }) => position))
        expect(positions).toEqual(positions.map((_, index) => index + 1))
        for (const { id, position } of results.filter(({ error }) => error === undefined))
          expect(confirmed.find((commit) => commit.id === id)?.events[0]?.position).toBe(position)
        expect(log).toHaveLength(results.filter(({ error }) => error === undefined).length)
        for (const tab of tabs) {
          await tab.refresh()
          expect(tab.known.head).toBe(positions.length)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('make one outbox in which every commit was allowed, with growing orders and seqs (server)', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (history) => {
        const { results, tabs, disk } = await run(history, 'server')
        const { confirmed, pending } = await readDisk(disk, 'server')
        expect(confirmed).toEqual([])
        const log = pending.map(({ id, events }) => ({ id, streams: unpackEvents(events).map((each) => each.stream) }))
        const versions = replay(log, results)
        checkRefusals(results, versions)
        checkOrder(log, results)
        expect(pending.map(({ order }) => order)).toEqual(pending.map((_, index) => index + 1))
        expect(pending.map(({ seq }) => seq)).toEqual(pending.map((_, index) => index + 1))
        for (const tab of tabs) {
          await tab.refresh()
          expect(tab.known.pending.records).toEqual(pending)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('say what a strict commit stands on: the confirmed version, and the commits before it in the stream', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (history) => {
        const { disk } = await run(history, 'server')
        const { pending } = await readDisk(disk, 'server')
        for (const [index, record] of pending.entries()) {
          expect(Object.keys(record.basis)).toEqual(Object.keys(record.expected))
          for (const [name, basis] of Object.entries(record.basis)) {
            const before = pending.slice(0, index).filter(({ events }) => events.streams.includes(name))
            const count = before.flatMap(({ events }) => unpackEvents(events)).filter((each) => each.stream === name)
            expect([basis.confirmed, countBehind(basis)]).toEqual([0, count.length])
            expect(standsOn(record, name, pending)).toEqual(new Set(before.map(({ id }) => id)))
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('name few commits each, however many wait in the stream', async () => {
    const store = await openStore({ authority: 'server' })
    for (let n = 0; n < 300; n++)
      await store.append(prepared(Noted({ text: '' }, { stream: 'a' }), n % 3 === 0 ? {} : { expectedVersion: n }))
    const named = store.known.pending.records.flatMap(({ basis }) => basis['a']?.behind ?? [])
    expect(named.length).toBeLessThan(301)
    expect(countBehind(store.known.pending.records.at(-1)?.basis['a'] ?? { confirmed: 0, behind: [] })).toBe(299)
  })
})
