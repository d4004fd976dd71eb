import { beforeEach, describe, expect, it } from 'vitest'
import { amendDeadLetter, refusePending } from '../../src/dead-letter/dead-letter-actions.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { MetaRecord } from '../../src/store/records.ts'
import { forkDevice } from '../../src/sync/fork-device.ts'
import { importAll, linesOf } from '../support/damaged-logs.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'

let disk: MemoryDisk
let store: EventStore
/** Knows what lay there before the last commits of the other. */
let behind: EventStore
let older: MetaRecord

beforeEach(async () => {
  disk = new MemoryDisk()
  store = await openStore({ disk, authority: 'server' })
  for (const n of [1, 2]) await append(store, n)
  await store.transition((tx, cache) => refusePending(tx, cache, uuid(1), { code: 'no', message: 'no', now: 1 }))
  behind = await openStore({ disk, authority: 'server' })
  older = structuredClone(disk.tables.meta.records.get('log') as MetaRecord)
  for (const n of [3, 4]) await append(store, n)
})

const append = (tab: EventStore, n: number) => tab.append(prepared(noted(`${n}`), { id: uuid(n) }))

async function importInto(tab: EventStore): Promise<void> {
  const other = await openStore({ authority: 'server', seed: 7 })
  await append(other, 7)
  expect(await importAll(tab, await linesOf(other), 100)).toMatchObject({ commits: 1 })
  await other.close()
}

describe('C30 a meta record of before, put back under two open tabs, has the one that knew less', () => {
  it.each([
    ['append', (tab: EventStore) => append(tab, 7)],
    [
      'amend a dead letter',
      (tab: EventStore) => amendDeadLetter(tab, uuid(1), prepared(noted('7'), { id: uuid(7) }), 1),
    ],
    ['import a backup', importInto],
  ] as const)('%s: no seq and no place in the outbox is given twice', async (_, act) => {
    disk.tables.meta.put('log', older)
    await act(behind)
    await append(store, 8)
    const waiting = [...disk.tables.pending.records.values()]
    const letters = [...disk.tables.deadLetters.records.values()]
    const all = [...waiting, ...letters.flatMap((each) => (each.kind === 'commit' ? [each.commit] : []))]
    expect(waiting.map(({ id }) => id)).toEqual(expect.arrayContaining([2, 3, 4, 7, 8].map(uuid)))
    expect(new Set(all.map(({ device, seq }) => `${device} ${seq}`)).size).toBe(all.length)
    for (const tab of [store, behind]) await tab.close()
  })
})

it('C30 what an earlier build gave one seq twice goes out with two under another device id', async () => {
  const [first, second] = [...disk.tables.pending.records.values()]
  const [letter] = [...disk.tables.deadLetters.records.values()]
  if (first === undefined || second === undefined || letter?.kind !== 'commit') throw new Error('They wait.')
  const { seq } = first
  disk.tables.pending.put(second.order, { ...second, seq })
  disk.tables.deadLetters.put(letter.id, { ...letter, commit: { ...letter.commit, seq } })
  const again = await openStore({ disk, authority: 'server' })
  await forkDevice(again, { device: 'other', takesAll: false, mayGoOn: () => true })
  await append(again, 9)
  const { pending, deadLetters } = again.known
  const all = [...pending.records, ...Array.from(deadLetters.values(), ({ commit }) => commit)]
  expect(all.map(({ device }) => device)).toEqual(Array.from(all, () => 'other'))
  expect(all.find(({ id }) => id === first.id)).toMatchObject({ seq })
  expect(new Set(all.map((each) => each.seq)).size).toBe(5)
  for (const tab of [store, behind, again]) await tab.close()
})
