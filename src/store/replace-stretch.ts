import { boundNotes } from './bound-notes.ts'
import { damageOf, toStored } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import type { LogCache } from './log-cache.ts'
import { restOf, type Stretch, stretchAt } from './missing.ts'
import { isSetAside, notePages, putNotes } from './quarantine.ts'
import type { ConfirmedSegment, MetaRecord, SegmentMark, StoredSegment } from './records.ts'
import { isAsFound, raiseVersions, restateVersions, segmentsToRestate, versionsBefore } from './restate-versions.ts'
import { buildSegments, type CommitRun } from './segment.ts'
import { quarantineId } from './segment-reader.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** What goes in the place of a part of the confirmed zone that is damaged or missing, or of its beginning. */
export interface Replacement {
  readonly stretch: Stretch
  readonly reason: string
  /** Of the log that it was made for. */
  readonly meta: MetaRecord
  /** They begin where the stretch does. */
  readonly runs: readonly CommitRun[]
  /** Default: none. */
  readonly marks?: readonly SegmentMark[]
  /** Position of the last event of them. */
  readonly last: number
}

export interface ReplaceOptions<T> {
  readonly store: EventStore
  readonly now: () => number
  /** Called in the transaction, before anything is written: what else there is to do, and what is answered. Undefined: nothing is replaced. */
  readonly alongside: (tx: StorageTransaction, cache: LogCache) => Promise<T | undefined>
  /**
   * Where all that is damaged or missing is known, and some of it may stay so: how many events of a stream are to be put back yet between two positions;
   * undefined where something may stay missing there. Then what lies behind goes on to show that something is missing in front. Default: all of it will be replaced.
   */
  readonly awaited?: (stream: string, after: number, before: number) => number | undefined
}

/** In one transaction, if the log is still what it was; undefined if it is not. */
export async function replaceStretch<T>(
  { stretch, reason, meta: then, runs, marks = [], last }: Replacement,
  { store, now, alongside, awaited }: ReplaceOptions<T>,
): Promise<T | undefined> {
  const isWhole = last === stretch.last
  const behind = await segmentsToRestate(store, stretch.last, runs)
  const others = store.damages.all.filter(({ key, isSetAside }) => key !== stretch.last && !isSetAside)
  const isBroken = (after: number, before: number) => others.some((each) => each.last > after && each.first < before)
  const done = await store.transition(async (tx, cache) => {
    const { meta } = cache
    // What was put in place meanwhile has versions that have to be moved as well.
    if (!isSameLog(meta, then) || meta.repairs !== then.repairs) return undefined
    if (!isSame(await stretchAt(tx, meta, stretch.last), stretch)) return undefined
    if (!(await isAsFound(tx, behind, cache.head))) return undefined
    const versions = await versionsBefore(tx, stretch.first, runs)
    if (awaited !== undefined)
      await raiseVersions(tx, versions, runs, { first: stretch.first, last, behind, isBroken, awaited })
    const answer = await alongside(tx, cache)
    if (answer === undefined) return undefined
    const segments = buildSegments(stretch.first, runs, versions)
    // Where a local log has to end, nothing else says as long as it is not that long again.
    const mayForget = meta.cursor !== null || isWhole
    await Promise.all([
      tx.put('confirmed', ...segments.map((segment) => toStored(withMarks(segment, marks)))),
      restateVersions(tx, versions, behind, (position) => isWhole && !isBroken(stretch.last, position)),
      tx.put('meta', {
        ...meta,
        generation: meta.generation + 1,
        repairs: (meta.repairs ?? 0) + 1,
        ...(meta.compactedTo === undefined || !mayForget
          ? {}
          : { compactedTo: Math.min(meta.compactedTo, stretch.first - 1) }),
      }),
    ])
    await noteReplaced(tx, { stretch, reason, last }, now())
    return { answer }
  })
  if (done !== undefined) {
    store.damages.replaced({ first: stretch.first, last }, stretch.last)
    if (isWhole) store.damages.forget(stretch.last)
  }
  return done?.answer
}

function withMarks(segment: ConfirmedSegment, given: readonly SegmentMark[]): ConfirmedSegment {
  const marks = given.filter(({ position }) => position >= segment.first && position <= segment.last)
  return marks.length === 0 ? segment : { ...segment, marks }
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
  // Whatever lies there.
  const told = ({ first, checksum }: StoredSegment): string => JSON.stringify([first, checksum])
  return told(lies) === told(lay) && damageOf(lies) === damageOf(lay)
}

/**
 * With the record as it was, and those positions included that were put in place before, once all of it is replaced; until then it stays as it was noted. Of what
 * else was noted, what is left.
 */
async function noteReplaced(
  tx: StorageTransaction,
  { stretch, reason, last }: Pick<Replacement, 'stretch' | 'reason' | 'last'>,
  now: number,
): Promise<void> {
  const { record } = stretch
  const id = quarantineId('confirmed', stretch.last)
  const noted = await tx.get('quarantine', id)
  const known = noted === undefined || noted.repairedAt !== undefined || isSetAside(noted) ? undefined : noted
  const isWhole = last === stretch.last
  const first = isWhole ? Math.min(stretch.first, known?.range?.first ?? stretch.first) : stretch.first
  for await (const page of notePages(tx)) {
    for (const note of page) {
      if (note.id === id || note.table !== 'confirmed' || note.repairedAt !== undefined) continue
      const rest = restOf(note.range, { first, last })
      const whole = rest === note.range ? undefined : await tx.get('quarantine', note.id)
      if (whole !== undefined && !isSetAside(whole))
        await tx.put('quarantine', rest === undefined ? { ...whole, repairedAt: now } : { ...whole, range: rest })
    }
  }
  if (!isWhole) return
  const why = { reason: known?.reason ?? reason, at: known?.at ?? now }
  await putNotes(tx, [{ id, table: 'confirmed', key: last, ...why, range: { first, last }, repairedAt: now, record }])
  const put = await tx.get('quarantine', id)
  if (put !== undefined) await boundNotes(tx, put)
}
