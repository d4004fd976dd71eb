import { countByStream } from '../event/packed-events.ts'
import { damageOf, toStored } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import type { StoredSegment } from './records.ts'
import { type CommitRun, confirmedVersionIn } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** A stream that goes on behind a part of the log that was damaged. */
export interface StreamBehind {
  readonly stream: string
  /** How many events of it the first segment behind has. */
  readonly count: number
  /** Keys of the segments behind that hold it, in order. */
  readonly keys: readonly number[]
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
    const before =
      first === 1 ? [] : await tx.readByIndex('streams', stream, { upTo: first - 1, direction: 'backward' })
    const sound = before.find((segment) => damageOf(segment) === undefined)
    versions.set(stream, sound === undefined ? 0 : (confirmedVersionIn(sound, stream) ?? 0))
  }
  return versions
}

/**
 * What was confirmed behind a damaged segment was counted from the last sound one, which knows less. Looks up where its streams go on; outside of the
 * transaction, because what is sealed has to be opened to be counted.
 */
export async function segmentsToRestate(
  store: EventStore,
  key: number,
  runs: readonly CommitRun[],
): Promise<readonly StreamBehind[]> {
  const behind: StreamBehind[] = []
  for (const stream of streamsOf(runs)) {
    const found = await store.read((tx) => tx.readByIndex('streams', stream, { after: key }))
    const sound = found.filter((segment) => damageOf(segment) === undefined)
    const [next] = await store.open(sound.slice(0, 1))
    if (next === undefined) continue
    const count = countByStream(next.events)[next.events.streams.indexOf(stream)] ?? 0
    behind.push({ stream, count, keys: sound.map(({ last }) => last) })
  }
  return behind
}

/**
 * Moves the versions behind on by what was missing.
 *
 * @param versions of the streams at the end of what was put in the place of the damaged segment
 */
export async function restateVersions(
  tx: StorageTransaction,
  versions: ReadonlyMap<string, number>,
  behind: readonly StreamBehind[],
): Promise<void> {
  const changed = new Map<number, StoredSegment>()
  for (const { stream, count, keys } of behind) {
    let missing: number | undefined
    for (const key of keys) {
      const segment = changed.get(key) ?? (await tx.get('confirmed', key))
      const stated = segment === undefined ? undefined : confirmedVersionIn(segment, stream)
      if (segment === undefined || stated === undefined) continue
      missing ??= (versions.get(stream) ?? 0) + count - stated
      if (missing === 0) break
      const streamVersions = segment.streamVersions.slice()
      streamVersions[segment.events.streams.indexOf(stream)] = stated + missing
      changed.set(key, { ...segment, streamVersions })
    }
  }
  await tx.put('confirmed', ...Array.from(changed.values(), ({ checksum: _, ...segment }) => toStored(segment)))
}

function streamsOf(runs: readonly CommitRun[]): ReadonlySet<string> {
  return new Set(runs.flatMap(({ events }) => events.streams))
}
