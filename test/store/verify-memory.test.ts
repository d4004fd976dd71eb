import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { toStored } from '../../src/store/check-segment.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { VersionCheck } from '../../src/store/version-check.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

const STREAMS = 2000
const PER_COMMIT = 25
/** Names that may be kept at a time. */
const MOST = 250

let disk: MemoryDisk
let store: EventStore

/** Each stream twice, far apart. */
beforeEach(async () => {
  disk = new MemoryDisk()
  store = await openStore({ disk })
  for (let round = 0; round < 2; round++)
    for (let from = 0; from < STREAMS; from += PER_COMMIT) {
      const events = Array.from({ length: PER_COMMIT }, (_, n) => Noted({ text: '' }, { stream: `day-${from + n}` }))
      await store.append(prepared(events))
    }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
})

/** The most names that were kept at any moment, and how often a segment was looked at. */
function measure() {
  const problemIn = VersionCheck.prototype.problemIn
  const seen = { most: 0, looks: 0 }
  vi.spyOn(VersionCheck.prototype, 'problemIn').mockImplementation(function (this: VersionCheck, ...args) {
    const problem = problemIn.apply(this, args)
    seen.most = Math.max(seen.most, this.size)
    seen.looks++
    return problem
  })
  return seen
}

function damage(last: number, change: (versions: Uint32Array) => void): void {
  const segment = disk.confirmed.records.get(last)
  if (segment === undefined) throw new Error('There is no such segment.')
  const streamVersions = Uint32Array.from(segment.streamVersions)
  change(streamVersions)
  const { checksum: _, ...rest } = segment
  disk.confirmed.put(last, toStored({ ...rest, streamVersions }))
}

describe('verifying a log of very many streams', () => {
  it('keeps the names of some of them at a time, and reads the log once for each such part', async () => {
    const seen = measure()
    const report = await verifyStore(store, MOST)
    expect(report).toMatchObject({ ok: true, events: 2 * STREAMS, uncounted: 0, damaged: [] })
    // What one segment adds, before it is seen that it is too much.
    expect(seen.most).toBeLessThanOrEqual(MOST + PER_COMMIT)
    const passes = seen.looks / report.segments
    expect(passes).toBeGreaterThan(STREAMS / MOST)
    expect(passes).toBeLessThan((2 * STREAMS) / MOST)
  })

  it('reads the log once where there is room for all of them', async () => {
    const seen = measure()
    const report = await verifyStore(store)
    expect([seen.looks, seen.most]).toEqual([report.segments, STREAMS])
  })

  it('finds every version that is wrong, whichever part its stream is of', async () => {
    const places = [75, 1250, STREAMS + 175, 2 * STREAMS]
    for (const [index, last] of places.entries())
      damage(last, (versions) => {
        versions[index] = 7
      })
    const inParts = await verifyStore(store, MOST)
    expect(inParts.damaged.map(({ id }) => id)).toEqual(
      expect.arrayContaining(places.map((last) => `confirmed:${last}`)),
    )
    expect(inParts).toEqual(await verifyStore(store))
  })

  it('knows how many streams go on behind a hole, and that they had no more in it than it held', async () => {
    const hole = disk.confirmed.records.get(250)
    if (hole === undefined) throw new Error('There is no such segment.')
    disk.confirmed.put(250, { ...hole, checksum: 7 })
    const report = await verifyStore(store, MOST)
    expect(report).toMatchObject({ ok: false, uncounted: STREAMS, damaged: [{ id: 'confirmed:250' }] })
    expect(report).toEqual(await verifyStore(store))
    // One stream more than the hole can have held an event of; each of them alone would pass.
    damage(STREAMS + 75, (versions) => {
      versions[0] = 3
    })
    const many = await verifyStore(store, MOST)
    expect(many.damaged.length).toBeGreaterThan(1)
    expect(many.damaged.length).toBe((await verifyStore(store)).damaged.length)
  })
})
