import { eventText } from '../../event/packed-events.ts'
import { unpackCommits } from '../../store/packed-commits.ts'
import { isSealed } from '../../store/sealed-events.ts'
import { SegmentReader } from '../../store/segment-reader.ts'
import type { FinalState } from './final-checks.ts'

/** What compaction has made of the confirmed zones: still the server's log, commit by commit, in segments without a gap. */
export async function checkSegments(
  { log, violations, devices, codec, hasLosses }: FinalState,
  count: (what: string) => void,
): Promise<void> {
  const reader = new SegmentReader(codec, ({ key, reason }) =>
    violations.add('one-order', `segment ${key} cannot be read: ${reason}`),
  )
  for (const { installation } of devices) {
    const { name, disk } = installation.device
    for (const { table, id, reason, repairedAt } of disk.tables.quarantine.records.values()) {
      const isMended = hasLosses && repairedAt !== undefined
      violations.check(table !== 'confirmed' || isMended, 'one-order', () => `${name}: ${id} is noted as ${reason}`)
      if (isMended) count('record-pulled-again')
    }
    const stored = disk.confirmed.keys.inRange({}).flatMap((key) => disk.confirmed.records.get(key) ?? [])
    for (const { events, commits } of stored) {
      if (isSealed(events)) count('segment-sealed')
      if (commits.ids.length > 1) count('segment-merged')
    }
    let head = 0
    const versions = new Map<string, number>()
    const read = (await reader.open(stored)).flatMap((segment) => {
      violations.check(segment.first === head + 1, 'one-order', () => `${name}: behind ${head} comes ${segment.first}`)
      head = segment.last
      const { streams, streamOf } = segment.events
      for (const index of streamOf) versions.set(streams[index] ?? '', (versions.get(streams[index] ?? '') ?? 0) + 1)
      for (const [index, stream] of streams.entries())
        violations.check(segment.streamVersions[index] === versions.get(stream), 'stream-versions', () => {
          return `${name}: segment ${head} says ${stream} is at ${segment.streamVersions[index]}, it is at ${versions.get(stream)}`
        })
      return unpackCommits(segment.commits).map(({ id, offset, count: events }) => ({
        id,
        position: segment.first + offset,
        texts: Array.from({ length: events }, (_, index) => eventText(segment.events, offset + index)),
      }))
    })
    const expected = log.commits.map(({ id, position, events }) => ({
      id,
      position,
      texts: events.map(({ text }) => text),
    }))
    const isSame = JSON.stringify(read) === JSON.stringify(expected)
    violations.check(isSame, 'one-order', () => `${name}: what compaction left is not the server's log`)
  }
}
