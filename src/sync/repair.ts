import { openTurnOf } from '../store/begin-turn.ts'
import { damageOf, toStored } from '../store/check-segment.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import { isCovered, MISSING, type Positions, type Stretch, stretchAt } from '../store/missing.ts'
import { isSetAside, putNotes, readNotes } from '../store/quarantine.ts'
import type { ConfirmedSegment, MetaRecord, SegmentMark } from '../store/records.ts'
import { restateVersions, segmentsToRestate, versionsBefore } from '../store/restate-versions.ts'
import { buildSegments } from '../store/segment.ts'
import { type Damage, quarantineId } from '../store/segment-reader.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { discardedOf } from './discarded-of.ts'
import { withFormerPlaces } from './former-places.ts'
import { type PulledRange, type PullOptions, pullRange } from './pull-range.ts'

export interface RepairOptions extends PullOptions {
  /** Of the tab that leads: only it may write. */
  readonly term: number
  readonly now: () => number
  /** Told what was confirmed by it that waited here for its confirmation. */
  readonly onChanges: (changes: readonly CommitChange[]) => void
  /** How much is pulled and written at a time. Default: some thousand events. */
  readonly part?: { readonly events: number; readonly units: number }
}

/** Pulls again whatever is damaged or missing; answers how many parts of the log were replaced. */
export async function repairAll(options: RepairOptions): Promise<number> {
  const { damages } = options.store
  let replaced = 0
  // What another tab found is noted, and this one may not have read it.
  await damages.load()
  const known = () => damages.all.filter(({ isSetAside }) => !isSetAside)
  for (const { key } of known().sort((a, b) => a.key - b.key)) {
    const damage = known().find((each) => each.key === key)
    // Otherwise replaced together with one before it.
    if (damage !== undefined && (await repairDamage(damage, options))) replaced++
  }
  return replaced
}

/**
 * Pulls a part of the confirmed zone again that is damaged or missing, from the last cursor before it, and puts it in its place; what was damaged is kept in
 * quarantine. What is long is replaced in several transactions, from its beginning. Answers whether all of it was replaced; if not, it may be tried again
 * later.
 */
export async function repairDamage(damage: Damage, options: RepairOptions): Promise<boolean> {
  const { store } = options
  for (;;) {
    const { meta, stretch } = await store.read(async (tx, cache) => ({
      meta: cache.meta,
      stretch: await stretchAt(tx, cache.meta, damage.key),
    }))
    if (meta.authority === 'local' || meta.cursor === null || openTurnOf(meta) !== undefined) return false
    // The log was set back, and does not reach that far any more.
    if (stretch === undefined) return false
    const reason = stretch.record === undefined ? MISSING : await store.damageIn(stretch.record)
    if (reason === undefined) {
      await settle(damage, options)
      return false
    }
    const pulled = await pullRange(stretch, options, options.part)
    if (pulled === undefined || !(await replace({ stretch, reason, meta, pulled }, options))) return false
    if (pulled.last === stretch.last) return true
  }
}

interface Replacement {
  readonly stretch: Stretch
  readonly reason: string
  /** Of the log that it was pulled for. */
  readonly meta: MetaRecord
  readonly pulled: PulledRange
}

/** In one transaction, if the log is still what it was. */
async function replace({ stretch, reason, meta: then, pulled }: Replacement, options: RepairOptions): Promise<boolean> {
  const { store, now } = options
  const isWhole = pulled.last === stretch.last
  const runs = withFormerPlaces(pulled.runs, stretch.record, then.turns?.at(-1)?.number ?? 0)
  const behind = await segmentsToRestate(store, stretch.last, runs)
  const changes = await store.transition(async (tx, cache) => {
    const { meta } = cache
    if (meta.term !== options.term || !isSameLog(meta, then)) return undefined
    if (!isSame(await stretchAt(tx, meta, stretch.last), stretch)) return undefined
    // Merged away meanwhile: what lies there now has to be looked up again.
    for (const key of new Set(behind.flatMap((each) => each.keys)))
      if ((await tx.get('confirmed', key)) === undefined) return undefined
    const versions = await versionsBefore(tx, stretch.first, runs)
    const segments = buildSegments(stretch.first, runs, versions)
    const confirmed = await takeOut(tx, cache, pulled)
    await Promise.all([
      tx.put('confirmed', ...segments.map((segment) => toStored(withMarks(segment, pulled.marks)))),
      restateVersions(tx, versions, behind, isWhole),
      tx.put('meta', {
        ...meta,
        generation: meta.generation + 1,
        repairs: (meta.repairs ?? 0) + 1,
        ...(meta.compactedTo === undefined ? {} : { compactedTo: Math.min(meta.compactedTo, stretch.first - 1) }),
      }),
    ])
    if (isWhole) await noteReplaced(tx, stretch, reason, now())
    return confirmed
  })
  if (changes === undefined) return false
  if (isWhole) forget(store, stretch)
  if (changes.length > 0) options.onChanges(changes)
  return true
}

/** A commit that is appended again under its id, while what holds it is missing, waits in the outbox, though the server has it already. */
async function takeOut(
  tx: StorageTransaction,
  { pending, deadLetters }: LogCache,
  { runs, last }: PulledRange,
): Promise<readonly CommitChange[]> {
  const discarded = await discardedOf(
    tx,
    runs.map(({ commit }) => commit),
  )
  const changes: CommitChange[] = []
  let position = last + 1
  for (const { commit } of runs.toReversed()) {
    const { id } = commit
    position -= commit.count
    const waiting = pending.find(id)
    if (waiting === undefined && !deadLetters.has(id) && !discarded.has(id)) continue
    if (waiting !== undefined) await tx.delete('pending', waiting.order)
    if (deadLetters.has(id)) await tx.delete('deadLetters', id)
    if (discarded.has(id)) await tx.delete('discarded', id)
    changes.push({ commit: id, to: 'confirmed', position })
  }
  return changes.reverse()
}

function withMarks(segment: ConfirmedSegment, pulled: readonly SegmentMark[]): ConfirmedSegment {
  const marks = pulled.filter(({ position }) => position >= segment.first && position <= segment.last)
  return marks.length === 0 ? segment : { ...segment, marks }
}

/**
 * Another tab has replaced it, or it was merged into what had been put in its place: what is noted counts as repaired only where every position that it
 * names can be read.
 */
async function settle({ key, first, last }: Damage, { store, now }: RepairOptions): Promise<void> {
  const isSettled = await store.transition(async (tx) => {
    const note = await tx.get('quarantine', quarantineId('confirmed', key))
    if (note !== undefined && isSetAside(note)) return false
    if (!(await isCovered(tx, note?.range ?? { first, last }))) return false
    if (note !== undefined && note.repairedAt === undefined) await tx.put('quarantine', { ...note, repairedAt: now() })
    return true
  })
  if (isSettled) store.damages.forget(key)
}

/** Of the same epoch, and not set back since. */
function isSameLog(now: MetaRecord, then: MetaRecord): boolean {
  return now.authority === then.authority && JSON.stringify(now.turns) === JSON.stringify(then.turns)
}

/** Whether it is still what was found, whatever is wrong with it. */
function isSame(now: Stretch | undefined, then: Stretch): boolean {
  if (now?.first !== then.first || now.last !== then.last) return false
  const [lies, lay] = [now.record, then.record]
  if (lies === undefined || lay === undefined) return lies === lay
  return lies.first === lay.first && lies.checksum === lay.checksum && damageOf(lies) === damageOf(lay)
}

/** With the record as it was, and with what else was noted of these positions, those included that were put in place before. */
async function noteReplaced(tx: StorageTransaction, stretch: Stretch, reason: string, now: number): Promise<void> {
  const { last, record } = stretch
  const id = quarantineId('confirmed', last)
  const noted = await tx.get('quarantine', id)
  const known = noted === undefined || noted.repairedAt !== undefined || isSetAside(noted) ? undefined : noted
  const range = { first: Math.min(stretch.first, known?.range?.first ?? stretch.first), last }
  for (const note of await readNotes(tx)) {
    if (note.id === id || note.table !== 'confirmed' || note.repairedAt !== undefined) continue
    const whole = isWithin(note.range, range) ? await tx.get('quarantine', note.id) : undefined
    if (whole !== undefined && !isSetAside(whole)) await tx.put('quarantine', { ...whole, repairedAt: now })
  }
  const why = { reason: known?.reason ?? reason, at: known?.at ?? now }
  await putNotes(tx, [{ id, table: 'confirmed', key: last, ...why, range, repairedAt: now, record }])
}

function forget({ damages }: EventStore, stretch: Positions): void {
  damages.forget(stretch.last)
  for (const { key, first, last } of damages.all) if (isWithin({ first, last }, stretch)) damages.forget(key)
}

function isWithin(range: Positions | undefined, { first, last }: Positions): boolean {
  return range !== undefined && range.first >= first && range.last <= last
}
