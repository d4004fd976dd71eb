import { countByStream } from '../event/packed-events.ts'
import { damageOf, toStored } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import { lastSoundPlace, lastSoundVersion } from './last-sound.ts'
import type { StoredSegment } from './records.ts'
import { type CommitRun, confirmedVersionIn } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Segments read at a time. */
const PAGE = 16

/** How a stream goes on behind a part of the log that was damaged. */
export interface StreamBehind {
  readonly stream: string
  /** Keys of the segments behind that hold it, in order. */
  readonly keys: readonly number[]
  /** Where the first of them begins, and how many events of the stream it has. */
  readonly first: number
  readonly count: number
  /** The end of the log when this was looked up. */
  readonly head: number
}

/**
 * The versions of streams before a position, as sound segments state them.
 */
export async function versionsBefore(
  tx: StorageTransaction,
  first: number,
  runs: readonly CommitRun[],
): Promise<Map<string, number>> {
  const versions = new Map<string, number>()
  for (const stream of streamsOf(runs)) {
    versions.set(stream, await lastSoundVersion(tx, stream, first - 1))
  }
  return versions
}

/**
 * Something else is damaged or missing in front, and what can be read there counts less than there was. What lies behind counts all of it, and says more: as
 * long as it does, whoever reads one of these streams sees that something is missing. Where something stays missing behind as well, that shows it.
 *
 * @param versions before the first of the runs: moved on
 */
export async function raiseVersions(
  tx: StorageTransaction,
  versions: Map<string, number>,
  runs: readonly CommitRun[],
  {
    first,
    behind,
    last,
    isBroken,
    awaited,
  }: {
    readonly behind: readonly StreamBehind[]
    /** Positions of the first and the last event of the runs. */
    readonly first: number
    readonly last: number
    /** Whether something is damaged or missing between two positions. */
    readonly isBroken: (after: number, before: number) => boolean
    /** Events of a stream that are to be put back yet between two positions; undefined where something stays missing there. */
    readonly awaited: (stream: string, after: number, before: number) => number | undefined
  },
): Promise<void> {
  const held = new Map<string, number>()
  for (const { events } of runs) {
    const counts = countByStream(events)
    for (const [index, stream] of events.streams.entries())
      held.set(stream, (held.get(stream) ?? 0) + (counts[index] ?? 0))
  }
  for (const { stream, count, keys } of behind) {
    const [key] = keys
    const { position } = await lastSoundPlace(tx, stream, first - 1)
    if (!isBroken(position, first)) continue
    const next = key === undefined ? undefined : await tx.get('confirmed', key)
    const stated = next && confirmedVersionIn(next, stream)
    if (next === undefined || stated === undefined) continue
    const between = awaited(stream, last, next.first)
    if (between === undefined) continue
    const before = stated - count - (held.get(stream) ?? 0) - between
    versions.set(stream, Math.max(versions.get(stream) ?? 0, before))
  }
}

/**
 * What was confirmed behind a damaged or missing segment was counted from the last sound one, which knows less. Looks up where its streams go on; outside of the
 * transaction, because what is sealed has to be opened to be counted.
 */
export async function segmentsToRestate(
  store: EventStore,
  key: number,
  runs: readonly CommitRun[],
): Promise<readonly StreamBehind[]> {
  const behind: StreamBehind[] = []
  for (const stream of streamsOf(runs)) {
    const { keys, sound, head } = await store.read(async (tx, cache) => ({
      ...(await soundBehind(tx, stream, key)),
      head: cache.head,
    }))
    const [next] = await store.open(sound)
    const count = (next && countByStream(next.events)[next.events.streams.indexOf(stream)]) ?? 0
    behind.push({ stream, keys, first: next?.first ?? 0, count, head })
  }
  return behind
}

/**
 * Whether nothing that it says was merged away, and nothing appended to the streams since: else it has to be looked up again.
 *
 * @param now the end of the log
 */
export async function isAsFound(
  tx: StorageTransaction,
  behind: readonly StreamBehind[],
  now: number,
): Promise<boolean> {
  for (const key of new Set(behind.flatMap(({ keys }) => keys)))
    if ((await tx.get('confirmed', key)) === undefined) return false
  for (const { stream, head } of behind)
    if (now > head && (await tx.readByIndex('streams', stream, { after: head, limit: 1 })).length > 0) return false
  return true
}

/** Keys of all sound segments with the stream behind a position, and the first of these. */
async function soundBehind(
  tx: StorageTransaction,
  stream: string,
  position: number,
): Promise<{ keys: readonly number[]; sound: readonly StoredSegment[] }> {
  const keys: number[] = []
  let sound: readonly StoredSegment[] = []
  for (let after = position; ; ) {
    const page: readonly StoredSegment[] = await tx.readByIndex('streams', stream, { after, limit: PAGE })
    const readable = page.filter((segment) => damageOf(segment) === undefined)
    if (keys.length === 0) sound = readable.slice(0, 1)
    keys.push(...readable.map(({ last }) => last))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return { keys, sound }
    after = last.last
  }
}

/**
 * Moves the versions behind on by what was missing.
 *
 * @param versions of the streams at the end of what was put in the place of what was damaged
 * @param isWholeTo whether nothing is missing between that and what lies behind: else what is stated there may count what is missing still
 */
export async function restateVersions(
  tx: StorageTransaction,
  versions: ReadonlyMap<string, number>,
  behind: readonly StreamBehind[],
  isWholeTo: (position: number) => boolean = () => true,
): Promise<void> {
  const inSegment = new Map<number, StreamBehind[]>()
  for (const each of behind) {
    for (const key of each.keys) {
      const there = inSegment.get(key)
      if (there === undefined) inSegment.set(key, [each])
      else there.push(each)
    }
  }
  const missing = new Map<string, number>()
  // One at a time: there may be more of them than can be held.
  for (const key of [...inSegment.keys()].sort((a, b) => a - b)) {
    const streams = (inSegment.get(key) ?? []).filter(({ stream }) => missing.get(stream) !== 0)
    const segment = streams.length === 0 ? undefined : await tx.get('confirmed', key)
    if (segment === undefined) continue
    const streamVersions = segment.streamVersions.slice()
    for (const { stream, count, first } of streams) {
      const stated = confirmedVersionIn(segment, stream)
      if (stated === undefined) continue
      const least = (versions.get(stream) ?? 0) + count
      const more = missing.get(stream) ?? (isWholeTo(first) ? least : Math.max(least, stated)) - stated
      missing.set(stream, more)
      streamVersions[segment.events.streams.indexOf(stream)] = stated + more
    }
    const { checksum: _, ...rest } = segment
    if (streams.some(({ stream }) => missing.get(stream) !== 0))
      await tx.put('confirmed', toStored({ ...rest, streamVersions }))
  }
}

function streamsOf(runs: readonly CommitRun[]): ReadonlySet<string> {
  return new Set(runs.flatMap(({ events }) => events.streams))
}
