import type { Codec } from '../platform/ports.ts'
import { contentsProblem, damageOf } from './check-segment.ts'
import { holesIn, MISSING, type Positions } from './missing.ts'
import type { ConfirmedSegment, QuarantineRecord, StoredSegment } from './records.ts'
import { isSealed, unsealEvents } from './sealed-events.ts'

/** A part of the confirmed zone that cannot be read. */
export interface Damage {
  /** Of the record; where none is left, the last position that is missing. */
  readonly key: number
  readonly first: number
  readonly last: number
  readonly reason: string
}

/**
 * The id of a damaged record: what `health$` and `verify()` call it, and the key under which it is quarantined. In a name that an app gave, `#` is `%23`, for behind
 * a `#` there are numbers of earlier notes.
 */
export function quarantineId(table: QuarantineRecord['table'], key: number | string): string {
  return `${table}:${String(key).replace(/[#%]/g, encodeURIComponent)}`
}

/**
 * Makes what lies in the table readable: checks it, and decodes what is sealed. A record that is damaged is told, and is passed on as a segment
 * without events, so that whoever reads goes on behind it: one bad record never blocks the rest.
 */
export class SegmentReader {
  readonly #codec: Codec | undefined
  readonly #onDamage: (damage: Damage) => void

  constructor(codec: Codec | undefined, onDamage: (damage: Damage) => void) {
    this.#codec = codec
    this.#onDamage = onDamage
  }

  /**
   * @param behind the position that they were read behind, all of them: what is missing there is told and passed on as what is damaged. Default: nobody can say
   * whether they are all
   */
  async open(stored: readonly StoredSegment[], behind?: number): Promise<ConfirmedSegment[]> {
    const opened = await Promise.all(
      stored.map((segment, index) => this.#open(segment, index === 0 ? behind : stored[index - 1]?.last)),
    )
    const holes = behind === undefined ? [] : holesIn(stored, behind)
    if (holes.length === 0) return opened
    for (const { first, last } of holes) this.#onDamage({ key: last, first, last, reason: MISSING })
    return [...opened, ...holes.map(holeOf)].sort((a, b) => a.last - b.last)
  }

  /** What is wrong with a record, decoded if it has to be. */
  async check(stored: StoredSegment): Promise<ConfirmedSegment | { readonly reason: string }> {
    const reason = damageOf(stored)
    if (reason !== undefined) return { reason }
    const { events, ...frame } = stored
    if (!isSealed(events)) return { ...frame, events }
    if (this.#codec?.name !== events.codec)
      return { reason: `it is encoded with ${events.codec}, which is not to be had here` }
    try {
      const unsealed = await unsealEvents(events, this.#codec)
      const problem =
        unsealed.offsets.length === stored.last - stored.first + 1
          ? contentsProblem(unsealed)
          : 'it holds another number of events than it says'
      return problem === undefined ? { ...frame, events: unsealed } : { reason: problem }
    } catch {
      return { reason: 'it cannot be decoded' }
    }
  }

  /** @param before the end of the one in front of it */
  async #open(stored: StoredSegment, before: number | undefined): Promise<ConfirmedSegment> {
    const checked = await this.check(stored)
    if (!('reason' in checked)) return checked
    const { last } = stored
    const hole = holeOf(before === undefined || damageOf(stored) === undefined ? stored : { first: before + 1, last })
    this.#onDamage({ key: stored.last, first: hole.first, last: hole.last, reason: checked.reason })
    return hole
  }
}

/** Without waiting; undefined when something has to be decoded, or is damaged. */
export function openPlain(stored: readonly StoredSegment[]): readonly ConfirmedSegment[] | undefined {
  const opened: ConfirmedSegment[] = []
  for (const { events, ...frame } of stored) {
    if (isSealed(events) || damageOf({ ...frame, events }) !== undefined) return undefined
    opened.push({ ...frame, events })
  }
  return opened
}

/** The same positions, and nothing in them. */
function holeOf({ first, last }: Positions): ConfirmedSegment {
  const start = Number.isSafeInteger(first) && first >= 1 && first <= last ? first : last
  return {
    first: start,
    last,
    events: {
      body: '',
      offsets: new Uint32Array(),
      streams: [],
      streamOf: new Uint32Array(),
      types: [],
      typeOf: new Uint32Array(),
      minTime: Number.POSITIVE_INFINITY,
      maxTime: Number.NEGATIVE_INFINITY,
    },
    commits: {
      ids: [],
      devices: [],
      deviceOf: new Uint32Array(),
      seqs: new Float64Array(),
      counts: new Uint32Array(),
      receivedAt: new Float64Array(),
    },
    streamVersions: new Uint32Array(),
  }
}
