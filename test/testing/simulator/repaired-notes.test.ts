import { beforeEach, describe, expect, it } from 'vitest'
import { eventText } from '../../../src/event/packed-events.ts'
import { MemoryDisk } from '../../../src/storage/memory/memory-disk.ts'
import { toStored } from '../../../src/store/check-segment.ts'
import { unpackCommits } from '../../../src/store/packed-commits.ts'
import type { QuarantineRecord } from '../../../src/store/records.ts'
import { isSealed } from '../../../src/store/sealed-events.ts'
import type { AcceptedCommit } from '../../../src/testing/simulator/observed-log.ts'
import { RepairedNotes } from '../../../src/testing/simulator/repaired-notes.ts'
import { noted } from '../../support/notes.ts'
import { openStore } from '../../support/open-store.ts'
import { prepared, uuid } from '../../support/prepared.ts'

let disk: MemoryDisk
let accepted: AcceptedCommit[]

/** Four segments, as the server has them. */
beforeEach(async () => {
  disk = new MemoryDisk()
  const store = await openStore({ disk })
  for (const n of [1, 2, 3, 4]) await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
  await store.close()
  accepted = [...disk.confirmed.records.values()].flatMap(({ first, commits, events }) =>
    unpackCommits(commits).map(({ id, device, seq, offset }) => {
      if (isSealed(events)) throw new Error('It is plain.')
      const event = { id, stream: 'notes', text: eventText(events, offset) }
      return { id, device, seq, position: first + offset, receivedAt: '', bodyHash: '', events: [event] }
    }),
  )
})

function note(first: number, last: number, change: Partial<QuarantineRecord> = {}): void {
  const id = change.id ?? `confirmed:${last}`
  const range = { first, last }
  const whole = { id, table: 'confirmed', key: last, reason: 'x', at: 1, range, repairedAt: 2, record: null } as const
  disk.tables.quarantine.put(id, { ...whole, ...change })
}

describe('a note that says that a part of the log was repaired', () => {
  it('is believed where the server has what is there', () => {
    note(2, 3)
    note(4, 4, { repairedAt: undefined })
    expect(new RepairedNotes().look(disk, accepted)).toEqual([])
  })

  it.each([
    ['something is missing at its beginning', 2, '2 is missing'],
    ['something is missing at its end', 3, '3 is missing'],
  ])('is not where %s', (_, key, problem) => {
    disk.confirmed.delete(key)
    note(2, 3)
    expect(new RepairedNotes().look(disk, accepted)).toEqual([`confirmed:3 is noted as repaired, and ${problem}`])
  })

  it('is not where what is there is damaged, or something else', () => {
    const record = disk.confirmed.records.get(2)
    const other = disk.confirmed.records.get(3)
    if (record === undefined || other === undefined) throw new Error('They are there.')
    disk.confirmed.put(2, { ...record, checksum: 7 })
    note(2, 2)
    const { checksum: _, ...rest } = record
    disk.confirmed.put(3, toStored({ ...rest, first: 3, last: 3 }))
    note(3, 3)
    const { checksum: __, ...last } = disk.confirmed.records.get(4) ?? other
    disk.confirmed.put(4, toStored({ ...last, events: other.events }))
    note(4, 4)
    expect(new RepairedNotes().look(disk, accepted)).toEqual([
      'confirmed:2 is noted as repaired, and segment 2 cannot be read: the checksum does not match',
      `confirmed:3 is noted as repaired, and the server has ${uuid(3)} at 3`,
      `confirmed:4 is noted as repaired, and commit ${uuid(4)} is not what the server has`,
    ])
  })

  it('is looked at once, also where it gets another id, and by the watch over a copy not again', () => {
    const notes = new RepairedNotes()
    note(2, 3)
    expect(notes.look(disk, accepted)).toEqual([])
    disk.confirmed.delete(2)
    note(2, 3, { id: 'confirmed:3#1' })
    expect(notes.look(disk, accepted)).toEqual([])
    const copy = new RepairedNotes()
    copy.goOnFrom(notes)
    expect(copy.look(disk, accepted)).toEqual([])
    note(2, 3, { at: 7 })
    expect(notes.look(disk, accepted)).toHaveLength(1)
  })
})
