import { mayGo, NOTE_LIMITS, notesMovedFrom } from './bound-notes.ts'
import { discardedDamageOf, eventsDamageOf, pendingDamageOf } from './check-segment.ts'
import { endOf, MISSING } from './missing.ts'
import { readPages } from './read-pages.ts'
import type { DeadLetterRecord, DiscardedRecord, MetaRecord, PendingRecord, QuarantineRecord } from './records.ts'
import { quarantineId } from './segment-reader.ts'
import type { StorageTransaction } from './storage-backend.ts'

interface Outbox {
  readonly pending: readonly PendingRecord[]
  readonly deadLetters: readonly DeadLetterRecord[]
  /** Something was moved out of the way: the meta record has another generation. */
  readonly hasMoved: boolean
}

/**
 * Moves records of the outbox, the dead letters and what was discarded that cannot be read out of the way: what cannot be read cannot be sent, folded or shown,
 * and must not keep the rest from it. Answers the outbox and the dead letters that are left.
 */
export async function quarantineDamaged(
  tx: StorageTransaction,
  now: number,
  onDiscarded: (commit: PendingRecord) => void,
): Promise<Outbox> {
  const [pending, deadLetters, discarded] = await Promise.all([
    tx.read('pending', {}),
    tx.read('deadLetters', {}),
    damagedDiscarded(tx, now, onDiscarded),
  ])
  const found = [
    ...pending.flatMap((record) => quarantined('pending', record.order, record, pendingDamageOf(record), now)),
    ...discarded,
    ...deadLetters.flatMap((record) => quarantined('deadLetters', record.id, record, letterDamageOf(record), now)),
  ]
  if (found.length === 0) return { pending, deadLetters, hasMoved: false }
  const keysIn = (table: QuarantineRecord['table']) =>
    found.filter((each) => each.table === table).map(({ key }) => key)
  const meta = await tx.get('meta', 'log')
  await putNotes(tx, found)
  await Promise.all([
    tx.delete('pending', ...keysIn('pending').filter((key) => typeof key === 'number')),
    tx.delete('discarded', ...keysIn('discarded').filter((key) => typeof key === 'string')),
    tx.delete('deadLetters', ...keysIn('deadLetters').filter((key) => typeof key === 'string')),
    meta === undefined ? undefined : tx.put('meta', { ...meta, generation: meta.generation + 1 }),
  ])
  const [left, lettersLeft] = await Promise.all([tx.read('pending', {}), tx.read('deadLetters', {})])
  return { pending: left, deadLetters: lettersLeft, hasMoved: true }
}

/** What was given up is kept for good, and nothing but this looks at all of it: it is never in memory at once. */
async function damagedDiscarded(
  tx: StorageTransaction,
  now: number,
  onDiscarded: (commit: PendingRecord) => void,
): Promise<readonly QuarantineRecord[]> {
  const found: QuarantineRecord[] = []
  for await (const page of readPages(tx, 'discarded'))
    for (const record of page) {
      const reason = discardedDamageOf(record)
      if (reason === undefined) onDiscarded(record.commit)
      found.push(...quarantined('discarded', record.id, record, reason, now))
    }
  return found
}

/** What is noted of a record that could not be read, without the record: that may be as large as a commit, and nobody reads it here. */
export interface DamageNote extends Omit<QuarantineRecord, 'record'> {
  /** See {@link isSetAside}. Absent: it was not. */
  readonly isSetAside?: true
}

/**
 * Notes what could not be read. Where a note of the same table and key keeps a record already, that one goes on under an id of its own (`confirmed:512#1`): the
 * id without a number is always that of the last. Of what is whole again only the last few are kept, and the last one counts the others.
 */
export async function putNotes(tx: StorageTransaction, notes: readonly QuarantineRecord[]): Promise<void> {
  for (const note of notes) {
    const before = await tx.get('quarantine', note.id)
    const isMoved = before !== undefined && before.record !== undefined
    const dropped = (before?.dropped ?? 0) + (isMoved ? await moveAway(tx, before) : 0)
    await tx.put('quarantine', dropped === 0 ? note : { ...note, dropped })
  }
}

/** Answers how many that were moved away before are let go for it. */
async function moveAway(tx: StorageTransaction, { dropped: _, ...note }: QuarantineRecord): Promise<number> {
  const { id } = note
  const moved = await notesMovedFrom(tx, id)
  await tx.put('quarantine', { ...note, id: `${id}#${(moved.at(-1)?.number ?? 0) + 1}` })
  const mayBeLetGo = moved.filter((each) => mayGo(each.note))
  // Beside them there are the one that is moved, and the one that comes in its place.
  const gone = mayBeLetGo.slice(0, Math.max(0, mayBeLetGo.length + 2 - NOTE_LIMITS.ofOnePlace))
  if (gone.length > 0) await tx.delete('quarantine', ...gone.map((each) => each.note.id))
  return gone.reduce((sum, each) => sum + 1 + (each.note.dropped ?? 0), 0)
}

/** What it names is whole again. Other tabs read anew what is noted; of what else they know nothing has changed. */
export async function settleNote(
  tx: StorageTransaction,
  meta: MetaRecord,
  note: QuarantineRecord,
  now: number,
): Promise<DamageNote> {
  const repaired = { ...note, repairedAt: now }
  const generation = meta.generation + 1
  await tx.put('quarantine', repaired)
  await tx.put('meta', {
    ...{ ...meta, notes: (meta.notes ?? 0) + 1, generation },
    touched: { generation, letters: [] },
  })
  return withoutRecord(repaired)
}

/** Without the record. */
export function withoutRecord(whole: QuarantineRecord): DamageNote {
  const { record: _, ...note } = whole
  return isSetAside(whole) ? { ...note, isSetAside: true } : note
}

/** All that is noted, a part at a time: see {@link readPages}. */
export async function* notePages(tx: StorageTransaction): AsyncGenerator<readonly DamageNote[], void, void> {
  for await (const page of readPages(tx, 'quarantine')) yield page.map(withoutRecord)
}

/** All that is noted. */
export async function readNotes(tx: StorageTransaction): Promise<readonly DamageNote[]> {
  const notes: DamageNote[] = []
  for await (const page of notePages(tx)) notes.push(...page)
  return notes
}

/**
 * Whether it lay in the confirmed zone, and the log was set back behind it: what it held was offered to nobody, and no other log that has these positions
 * makes up for it.
 */
export function isSetAside({ table, repairedAt, record }: QuarantineRecord): boolean {
  return table === 'confirmed' && repairedAt === undefined && record !== undefined
}

/** What the log has lost at its end, when it is set back: it cannot be offered again, and no other log that has these positions makes up for it. */
export function lostEnd(meta: MetaRecord, end: number, now: number): QuarantineRecord | undefined {
  const last = endOf(meta)
  if (last <= end) return undefined
  const range = { first: end + 1, last }
  const id = quarantineId('confirmed', last)
  return { id, table: 'confirmed', key: last, reason: MISSING, at: now, range, repairedAt: undefined, record: null }
}

/** What is wrong with a dead letter; undefined when nothing is. Whatever lies there, it does not throw. */
export function letterDamageOf(record: DeadLetterRecord): string | undefined {
  const { code, message, attempts, since } = record
  if (typeof code !== 'string' || typeof message !== 'string') return 'a field is missing'
  if (!Number.isSafeInteger(attempts) || !Number.isFinite(since)) return 'a field is missing'
  if (record.kind === 'commit') return pendingDamageOf(record.commit)
  if (record.kind !== 'handler' || typeof record.handler !== 'string' || typeof record.commitId !== 'string')
    return 'a field is missing'
  return eventsDamageOf(record.events)
}

function quarantined(
  table: 'pending' | 'deadLetters' | 'discarded',
  key: number | string,
  record: PendingRecord | DeadLetterRecord | DiscardedRecord,
  reason: string | undefined,
  at: number,
): QuarantineRecord[] {
  if (reason === undefined) return []
  return [{ id: quarantineId(table, key), table, key, reason, at, range: undefined, repairedAt: undefined, record }]
}
