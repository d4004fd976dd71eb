import { SEGMENT_LIMITS } from './segment.ts'

/** How compaction works; the defaults are meant for everybody, others for tests that cannot write so much. */
export interface CompactionLimits {
  /** How large a segment may become by merging, by whichever comes first. */
  readonly events: number
  /** UTF-16 units of its body. */
  readonly units: number
  /**
   * How many small segments at the end of the log are merged though they do not fill one yet. Each event is then rewritten at most
   * `events / tailRun` times before its segment is full.
   */
  readonly tailRun: number
  /** So many of the newest events are not sealed: they are read most. */
  readonly plainEvents: number
}

export const COMPACTION_LIMITS: CompactionLimits = { ...SEGMENT_LIMITS, tailRun: 64, plainEvents: 16_384 }

/** What planning needs to know of a segment. */
export interface SegmentFacts {
  /** Position of the first event. */
  readonly first: number
  /** The key. */
  readonly last: number
  readonly events: number
  /** Of its body, in UTF-16 units; of a sealed one, in bytes. */
  readonly units: number
  readonly isSealed: boolean
  /** Cannot be read: it stays as it is, and nothing is merged across it. */
  readonly isDamaged: boolean
}

/** Neighbours that become one segment; a single one is only sealed. */
export interface CompactionStep {
  readonly keys: readonly number[]
  readonly seals: boolean
}

export interface CompactionPlan {
  readonly steps: readonly CompactionStep[]
  /** Everything up to this position is sealed once the steps are done, and need never be looked at again; undefined if nothing is. */
  readonly doneTo: number | undefined
  /** Where to go on in this round; undefined where the next group has not begun to fill. */
  readonly next: number | undefined
}

/**
 * Groups consecutive segments into ones that are as large as the limits allow, and seals what is full and old. `isEnd` says whether
 * the last of them is the end of the log: what could still grow is left alone.
 */
export function planCompaction(
  segments: readonly SegmentFacts[],
  options: { readonly sealUpTo: number; readonly isEnd: boolean; readonly limits: CompactionLimits },
): CompactionPlan {
  const steps: CompactionStep[] = []
  let doneTo: number | undefined
  let next: number | undefined
  let group: SegmentFacts[] = []
  const close = () => {
    const step = stepOf(group, options.sealUpTo)
    if (step !== undefined) steps.push(step)
    const last = group.at(-1)?.last
    next = last ?? next
    // What is full and not old enough to be sealed is looked at again.
    if (last !== undefined && last <= options.sealUpTo) doneTo = last
    group = []
  }
  for (const segment of segments) {
    const isApart = segment.isSealed || segment.isDamaged
    if (isApart || !fits(group, segment, options.limits)) close()
    if (isApart) {
      next = segment.last
      if (segment.last <= options.sealUpTo) doneTo = segment.last
    } else group.push(segment)
  }
  if (!options.isEnd && group.length > 0 && group.length === segments.length) {
    // Nothing but small ones in one run, more than are looked at together: merge these, and see the result with those behind it.
    steps.push({ keys: group.map(({ last }) => last), seals: false })
  } else if (options.isEnd && group.length >= (isAskedFor(group, options.sealUpTo) ? 2 : options.limits.tailRun))
    steps.push({ keys: group.map(({ last }) => last), seals: false })
  return { steps, doneTo, next }
}

/** The end of the log is not sealed before it fills a segment, but it is merged when everything is to be. */
function isAskedFor(group: readonly SegmentFacts[], sealUpTo: number): boolean {
  return (group.at(-1)?.last ?? Number.POSITIVE_INFINITY) <= sealUpTo
}

function fits(group: readonly SegmentFacts[], next: SegmentFacts, limits: CompactionLimits): boolean {
  const before = group.at(-1)
  if (before === undefined) return true
  // What is missing between them is not for one segment to hold.
  if (next.first !== before.last + 1) return false
  const events = group.reduce((sum, each) => sum + each.events, next.events)
  const units = group.reduce((sum, each) => sum + each.units, next.units)
  return events <= limits.events && units <= limits.units
}

function stepOf(group: readonly SegmentFacts[], sealUpTo: number): CompactionStep | undefined {
  const last = group.at(-1)?.last
  if (last === undefined) return undefined
  const seals = last <= sealUpTo
  return group.length > 1 || seals ? { keys: group.map((each) => each.last), seals } : undefined
}
