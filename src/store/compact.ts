import type { Codec } from '../platform/ports.ts'
import { damageOf, toStored } from './check-segment.ts'
import {
  COMPACTION_LIMITS,
  type CompactionLimits,
  type CompactionStep,
  planCompaction,
  type SegmentFacts,
} from './compaction-plan.ts'
import type { EventStore } from './event-store.ts'
import { mergeSegments } from './merge-segments.ts'
import type { StoredSegment } from './records.ts'
import { isSealed, sealEvents } from './sealed-events.ts'

/** Looked at together; few enough to be held in memory, many enough to fill a segment with commits of one event. */
const WINDOW = { segments: 512, units: 2 * 1024 * 1024 }
const PAGE = 16

export interface CompactOptions {
  readonly codec: Codec | undefined
  /** Position to begin behind: 0, and then what the round before answered as `next`. */
  readonly after: number
  /** Segments that end at or before this position are old enough to be sealed. */
  readonly sealUpTo: number
  /** Default: {@link COMPACTION_LIMITS}. */
  readonly limits?: CompactionLimits
  /** Asked before each step: whether to stop here. */
  readonly isStopped: () => boolean
}

export interface CompactResult {
  /** Segments that were merged into others. */
  readonly merged: number
  readonly sealed: number
  /** Where the next round begins; undefined at the end of the log. */
  readonly next: number | undefined
}

/**
 * One round of compaction: merges small neighbouring segments and seals old ones. It reads, and encodes outside of any transaction; each step
 * then writes in one transaction that first looks whether its inputs are still what they were, or gives up. It touches neither the outbox
 * nor the dead letters, and does not raise the generation: nothing that anybody has read changes.
 *
 * One tab at a time should run it; two would only waste work.
 */
export async function compact(store: EventStore, options: CompactOptions): Promise<CompactResult> {
  const from = Math.max(options.after, store.known.meta.compactedTo ?? 0)
  const { segments, isEnd } = await readWindow(store, from)
  const sealUpTo = options.codec === undefined ? 0 : options.sealUpTo
  const { steps, doneTo, next } = planCompaction(segments.map(factsOf), {
    sealUpTo,
    isEnd,
    limits: options.limits ?? COMPACTION_LIMITS,
  })
  const byKey = new Map(segments.map((segment) => [segment.last, segment]))
  let merged = 0
  let sealed = 0
  for (const step of steps) {
    if (options.isStopped()) return { merged, sealed, next: from }
    const inputs = step.keys.flatMap((key) => byKey.get(key) ?? [])
    if (!(await runStep(store, step, inputs, options.codec))) return { merged, sealed, next: from }
    if (inputs.length > 1) merged += inputs.length
    if (step.seals) sealed++
  }
  if (doneTo !== undefined) await noteDone(store, from, doneTo)
  return { merged, sealed, next: isEnd ? undefined : (next ?? from) }
}

async function readWindow(store: EventStore, from: number): Promise<{ segments: StoredSegment[]; isEnd: boolean }> {
  const segments: StoredSegment[] = []
  let units = 0
  while (segments.length < WINDOW.segments && units < WINDOW.units) {
    const after = segments.at(-1)?.last ?? from
    const page = await store.read((tx) => tx.read('confirmed', { after, limit: PAGE }))
    store.damages.lookForHoles(page, after)
    segments.push(...page)
    units += page.reduce((sum, segment) => sum + factsOf(segment).units, 0)
    if (page.length < PAGE) return { segments, isEnd: true }
  }
  return { segments, isEnd: false }
}

function unitsOf({ events }: StoredSegment): number {
  return isSealed(events) ? events.bytes : events.body.length
}

function factsOf(segment: StoredSegment): SegmentFacts {
  const isDamaged = damageOf(segment) !== undefined
  return {
    first: segment.first,
    last: segment.last,
    events: segment.last - segment.first + 1,
    units: isDamaged ? 0 : unitsOf(segment),
    isSealed: !isDamaged && isSealed(segment.events),
    isDamaged,
  }
}

/** Answers whether it was written. */
async function runStep(
  store: EventStore,
  step: CompactionStep,
  inputs: readonly StoredSegment[],
  codec: Codec | undefined,
): Promise<boolean> {
  const [first, ...rest] = await store.open(inputs)
  if (first === undefined || inputs.length !== step.keys.length) return false
  const whole = mergeSegments([first, ...rest])
  const output = toStored(
    step.seals && codec !== undefined ? { ...whole, events: await sealEvents(whole.events, codec) } : whole,
  )
  return store.compaction(async (tx) => {
    const now = await Promise.all(step.keys.map((key) => tx.get('confirmed', key)))
    if (!now.every((segment, index) => isSame(segment, inputs[index]))) return false
    await tx.delete('confirmed', ...step.keys.filter((key) => key !== output.last))
    await tx.put('confirmed', output)
    return true
  })
}

function isSame(now: StoredSegment | undefined, then: StoredSegment | undefined): boolean {
  return (
    now !== undefined &&
    then !== undefined &&
    now.first === then.first &&
    now.checksum === then.checksum &&
    isSealed(now.events) === isSealed(then.events)
  )
}

/** Where the next round begins. Derivable: should it be lost, that round looks at more than it has to. */
async function noteDone(store: EventStore, from: number, doneTo: number): Promise<void> {
  await store.compaction(async (tx, { meta }) => {
    const before = meta.compactedTo ?? 0
    // A round that began further on says nothing of what lies before it.
    if (from <= before && doneTo > before) await tx.put('meta', { ...meta, compactedTo: doneTo })
  })
}
