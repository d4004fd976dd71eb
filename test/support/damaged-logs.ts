import { expect } from 'vitest'
import { START_OF_BACKUP } from '../../src/backup/backup-place.ts'
import { BackupExport } from '../../src/engine/export-backup.ts'
import { importBackup } from '../../src/engine/import-backup.ts'
import type { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { compact } from '../../src/store/compact.ts'
import { COMPACTION_LIMITS } from '../../src/store/compaction-plan.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { recordedInSegment } from '../../src/store/segment.ts'
import { syncGzip } from './sync-codec.ts'

const limits = { ...COMPACTION_LIMITS, events: 12, tailRun: 3 }
const about = { domain: 'notes', at: '2026-11-23T12:00:00.000Z' }
const now = () => 1

/** Every record of the confirmed zone is put together with others, a few at a time. */
export async function compactSome(store: EventStore, sealUpTo: number): Promise<void> {
  let after: number | undefined = 0
  for (let round = 0; round < 3 && after !== undefined; round++)
    after = (await compact(store, { codec: syncGzip, after, sealUpTo, limits, isStopped: () => false })).next
}

/** Of a backup. */
export async function linesOf(store: EventStore): Promise<string[]> {
  const backup = new BackupExport(store, about)
  let text = ''
  for (let part = await backup.next(); part !== undefined; part = await backup.next()) text += part
  return text.split('\n').slice(0, -1)
}

/** So many lines at a time. */
export async function importAll(
  store: EventStore,
  lines: readonly string[],
  atOnce: number,
  between: () => Promise<void> = async () => undefined,
): Promise<{ commits: number; known: number }> {
  let place = START_OF_BACKUP
  const sum = { commits: 0, known: 0 }
  for (let from = 0; from < lines.length; from += atOnce) {
    const part = lines.slice(from, from + atOnce)
    const done = await importBackup(store, { lines: part, place, isLast: false, checkOnly: false }, now)
    expect(done.failure).toBeUndefined()
    place = done.place
    sum.commits += done.commits
    sum.known += done.known
    await between()
  }
  return sum
}

/** What lies in it and can be read: position, id, commit and stream of each event. */
export const eventsOf = async (store: EventStore) =>
  (await store.readConfirmed(0, 1000))
    .flatMap(recordedInSegment)
    .map(({ id, commitId, position, stream }) => [position, id, commitId, stream])

/** The record under this key is gone, or its checksum does not match. */
export function strike(disk: MemoryDisk, key: number, isLost: boolean): void {
  const record = disk.confirmed.records.get(key)
  if (record === undefined) return
  if (isLost) disk.confirmed.delete(key)
  else disk.confirmed.put(key, { ...record, checksum: (record.checksum ?? 0) + 1 })
}
