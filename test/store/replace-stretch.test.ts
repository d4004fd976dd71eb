import { expect, it } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { MISSING, type Stretch, stretchAt } from '../../src/store/missing.ts'
import type { MetaRecord } from '../../src/store/records.ts'
import { replaceStretch } from '../../src/store/replace-stretch.ts'
import { type CommitRun, recordedInSegment } from '../../src/store/segment.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

it('C30: a part is not replaced as it was looked up when another was replaced since, whose versions go on from it', async () => {
  const disk = new MemoryDisk()
  const [store, other] = [await openStore({ disk }), await openStore({ disk })]
  const runs = new Map<number, CommitRun>()
  for (const key of [1, 2, 3, 4, 5]) {
    const commit = prepared(Noted({ text: '' }, { stream: 'a' }))
    await store.append(commit)
    const header = { id: commit.id, device: store.known.meta.device, seq: key, count: 1, receivedAt: Number.NaN }
    runs.set(key, { commit: header, events: commit.events })
  }
  for (const key of [2, 4]) disk.confirmed.delete(key)
  const look = (tab: typeof store, key: number) =>
    tab.read(async (tx, { meta }) => ({ meta, stretch: await stretchAt(tx, meta, key) }))
  const replace = (
    tab: typeof store,
    key: number,
    { meta, stretch }: { meta: MetaRecord; stretch: Stretch | undefined },
  ) => {
    const run = runs.get(key)
    if (stretch === undefined || run === undefined) throw new Error('It is missing.')
    const options = { store: tab, now: () => 1, alongside: async () => true }
    return replaceStretch({ stretch, reason: MISSING, meta, runs: [run], last: key }, options)
  }
  const seen = await look(store, 2)
  expect(await replace(other, 4, await look(other, 4))).toBe(true)
  expect(await replace(store, 2, seen)).toBeUndefined()
  expect(await replace(store, 2, await look(store, 2))).toBe(true)
  expect((await store.readConfirmed(0, 9)).flatMap(recordedInSegment).map(({ position }) => position)).toEqual([
    1, 2, 3, 4, 5,
  ])
  expect(await verifyStore(store)).toMatchObject({ ok: true, uncounted: 0 })
  for (const tab of [store, other]) await tab.close()
})
