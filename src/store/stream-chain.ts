import type { EventStore } from './event-store.ts'
import type { ConfirmedSegment } from './records.ts'

/** What the log says of a stream at a position: its version there. */
export interface StreamPlace {
  readonly position: number
  readonly version: number
}

/** Segments read at a time. */
const PAGE = 16

/** How a segment goes on a stream: the version before its first event in it, and behind its last one. Undefined where it is damaged. */
export function shareOf(
  { first, last, events, streamVersions }: ConfirmedSegment,
  stream: string,
): { readonly before: StreamPlace; readonly behind: StreamPlace } | undefined {
  const index = events.streams.indexOf(stream)
  const version = streamVersions[index]
  if (index === -1 || version === undefined) return undefined
  let count = 0
  for (const each of events.streamOf) if (each === index) count++
  return { before: { position: first, version: version - count }, behind: { position: last, version } }
}

/**
 * Whoever reads one stream goes by the index, in which every segment has gaps around it. But each says which version the stream had before it: where that is
 * more than was read up to there, something is damaged or missing in between. Looks for it there, has it noted, and answers its id; undefined where
 * all in between can be read. What is known to lie there is not looked for.
 *
 * @param before undefined where nobody can say: behind a damaged segment
 */
export async function damageBetween(
  store: EventStore,
  stream: string | undefined,
  before: StreamPlace | undefined,
  behind: StreamPlace | undefined,
): Promise<string | undefined> {
  if (stream === undefined || before === undefined || behind === undefined || behind.version <= before.version)
    return undefined
  const { damages } = store
  const found = () => damages.between(before.position, behind.position)?.id
  const part = `${before.position}-${behind.position} ${before.version}-${behind.version} ${stream}`
  if (found() !== undefined || damages.isSearched(part)) return found()
  let at = before.position
  while (at < behind.position - 1 && found() === undefined) {
    const page = await store.readConfirmed(at, PAGE)
    at = page.at(-1)?.last ?? behind.position
  }
  if (found() === undefined && (await isNextOf(store, stream, before, behind))) damages.noteSearched(part)
  return found()
}

/**
 * Whether the log has nothing of the stream in between, and all of that can be read: then nothing of it can be lost there later. Else what was seen was seen
 * in front of a repair.
 */
async function isNextOf(store: EventStore, stream: string, before: StreamPlace, behind: StreamPlace): Promise<boolean> {
  const [next] = await store.read((tx) => tx.readByIndex('streams', stream, { after: before.position, limit: 1 }))
  return next?.first === behind.position
}
