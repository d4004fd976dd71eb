import type { Ids } from '../platform/ports.ts'
import { openTurnOf, withTurn } from './begin-turn.ts'
import { damageOf } from './check-segment.ts'
import { GivenOut } from './given-out.ts'
import type { LogCache } from './log-cache.ts'
import { madeUpBehind } from './open-meta.ts'
import { unpackCommits } from './packed-commits.ts'
import type { Cursor, MetaRecord, SegmentMark, StoredSegment } from './records.ts'
import type { StorageTransaction } from './storage-backend.ts'
import { takeDevice } from './take-device.ts'

/** Segments read at a time. */
const PAGE = 16

type Known = Pick<LogCache, 'meta' | 'head' | 'pending' | 'deadLetters'>

/** The confirmed zone and the cursor grow in one transaction: where one is ahead, the other is a record of before. */
export function isBehindLog({ meta, head }: Pick<Known, 'meta' | 'head'>): boolean {
  return meta.authority !== 'local' && openTurnOf(meta) === undefined && head > (meta.cursor?.position ?? 0)
}

/** Whether the meta record is one of before, which a disk or a profile that was restored in part has put back: what lies beside it goes beyond what it says. */
export function isOlder(known: Known, given: GivenOut): boolean {
  const { meta, pending } = known
  // Nothing waits in a local store.
  if (meta.authority === 'local') return pending.records.length > 0
  const isGivenMore = given.nextOrder > meta.nextOrder || given.lowOrder < meta.lowOrder || given.nextSeq > meta.nextSeq
  return isGivenMore || isBehindLog(known)
}

/**
 * Goes on with a meta record of before. The cursor is that of the log's end, where that says its own; else the log goes on from the last place that it
 * says, and offers again what lies behind. What was given out since is not given out again, and the device takes another id: nobody knows what else was
 * counted under the old one. Where the log was set back since, the record says nothing that can be believed: it is as if it were lost.
 */
export async function goOnWithOlder(tx: StorageTransaction, known: Known, ids: Ids): Promise<void> {
  const { meta, head } = known
  const given = new GivenOut(meta.device)
  given.addWaiting(known)
  await given.addDiscarded(tx)
  const behind = await lookBehind(tx, known)
  if (behind === undefined) {
    await madeUpBehind(tx, meta, { ids, authority: 'server' })
    return
  }
  const nextSeq = Math.max(meta.nextSeq, given.nextSeq, behind.nextSeq)
  const raised: MetaRecord = {
    ...meta,
    // Nothing waits in a local store, so this one has begun to sync.
    authority: meta.authority === 'local' ? 'server:' : meta.authority,
    nextSeq,
    // What is confirmed does not say its order; each was given out with a seq.
    nextOrder: Math.max(meta.nextOrder + nextSeq - meta.nextSeq, given.nextOrder),
    lowOrder: Math.min(meta.lowOrder, given.lowOrder),
  }
  const next = await takeDevice(tx, { ...known, meta: raised }, { device: ids.next(), takesAll: false })
  const { cursor } = behind
  const isWhole = head <= (cursor?.position ?? 0)
  const turn = { why: 'restore', from: cursor?.epoch ?? '', head, known: cursor } as const
  await tx.put('meta', isWhole ? { ...next, cursor } : withTurn(next, turn))
}

interface Behind {
  /** The last place that the log says, from the cursor on. */
  readonly cursor: Cursor | null
  /** No seq from here on was given to a commit of this device that lies there. */
  readonly nextSeq: number
}

/** What lies behind the cursor; undefined where the log was set back since the record was written. */
async function lookBehind(tx: StorageTransaction, { meta, head, ...waiting }: Known): Promise<Behind | undefined> {
  const lastTurn = meta.turns?.at(-1)?.number ?? 0
  const commits = [...waiting.pending.records, ...[...waiting.deadLetters.values()].map(({ commit }) => commit)]
  const isOfLaterTurn = commits.some(({ formerly }) => formerly !== undefined && formerly.turn > lastTurn)
  if (isOfLaterTurn || openTurnOf(meta) !== undefined) return undefined
  let { cursor } = meta
  if (cursor === null) return head === 0 ? { cursor, nextSeq: 1 } : undefined
  if (!(await saysMark(tx, cursor))) return undefined
  const { epoch } = cursor
  let at = cursor.position
  let seq = 0
  /** Positions that cannot be read: there may be as many commits in them, each with a seq. */
  let hidden = 0
  for (;;) {
    const page = await tx.read('confirmed', { after: at, limit: PAGE })
    for (const segment of page) {
      const isSound = damageOf(segment) === undefined
      hidden += Math.max(0, (isSound ? segment.first - 1 : segment.last) - at)
      at = segment.last
      if (!isSound) {
        // What a damaged record says of its end is taken to the server, which knows whether it is so; then the part is pulled again.
        const said = endMarkOf(segment)
        if (at === head && said !== undefined) cursor = { epoch, ...said }
        continue
      }
      for (const { device, seq: given, formerly } of unpackCommits(segment.commits)) {
        if (formerly !== undefined && formerly.turn > lastTurn) return undefined
        if (device === meta.device) seq = Math.max(seq, given)
      }
      const last = segment.marks?.at(-1)
      if (last !== undefined && last.position > cursor.position) cursor = { epoch, ...last }
    }
    if (page.length < PAGE) return { cursor, nextSeq: Math.max(seq + 1, meta.nextSeq) + hidden }
  }
}

/** Whatever lies there, it does not throw. */
function endMarkOf({ last, marks }: StoredSegment): SegmentMark | undefined {
  const mark: unknown = Array.isArray(marks) ? marks.findLast((each) => each?.position === last)?.mark : undefined
  return typeof mark === 'string' ? { position: last, mark } : undefined
}

/** Whether the log has the place; where nobody can say, it is taken to have it. */
async function saysMark(tx: StorageTransaction, { position, mark }: Cursor): Promise<boolean> {
  if (position === 0) return true
  const [segment] = await tx.read('confirmed', { after: position - 1, limit: 1 })
  if (segment === undefined || segment.first > position || damageOf(segment) !== undefined) return true
  return segment.marks?.some((each) => each.position === position && each.mark === mark) ?? false
}
