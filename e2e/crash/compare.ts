import { checksumOf, type FoundEvent, type StoreName } from './notes.ts'

/** An append whose acknowledgement reached the harness. */
export interface Acknowledged {
  readonly run: number
  readonly call: number
  readonly size: number
  /** Undefined for a batch of the import, which does not say it. */
  readonly commitId: string | undefined
}

/** Names of appends, `store/run/call`, each at most once. */
export interface Comparison {
  /** Acknowledged, and not one event of them is there. */
  readonly lost: ReadonlySet<string>
  /** There, but not exactly as appended: events missing, twice, changed, out of order, or between those of others. */
  readonly torn: ReadonlySet<string>
}

/** Judges what a store holds, all of it in the order in which it was read, against what it acknowledged. */
export function compareStore(
  store: StoreName,
  found: readonly FoundEvent[],
  acknowledged: ReadonlyMap<string, Acknowledged>,
): Comparison {
  const torn = new Set<string>()
  const commits = new Map<string, FoundEvent[]>()
  const ids = new Set<string>()
  let last: string | undefined
  for (const [place, event] of found.entries()) {
    const name = nameOf(store, event.data)
    const commit = commits.get(name)
    if (commit === undefined) commits.set(name, [event])
    else commit.push(event)
    if (commit !== undefined && name !== last) torn.add(name)
    // The local store numbers its events itself, without gaps; what is pending has no number.
    if (event.position !== (store === 'local' ? place + 1 : undefined)) torn.add(name)
    if (ids.has(event.id)) torn.add(name)
    ids.add(event.id)
    last = name
  }
  for (const [name, events] of commits) {
    if (!isWhole(store, events) || !isWhatWasSaid(events, acknowledged.get(name))) torn.add(name)
  }
  const lost = new Set([...acknowledged.keys()].filter((name) => !commits.has(name)))
  return { lost, torn }
}

export const nameOf = (store: StoreName, { run, call }: { readonly run: number; readonly call: number }): string =>
  `${store}/${run}/${call}`

function isWhole(store: StoreName, events: readonly FoundEvent[]): boolean {
  const [first] = events
  if (first === undefined || events.length !== first.data.size) return false
  return events.every(
    ({ data, commitId }, index) =>
      commitId === first.commitId &&
      data.store === store &&
      data.size === first.data.size &&
      data.index === index &&
      data.checksum === checksumOf(data),
  )
}

/** True also for what nobody was told about: an append in flight may be there, whole. */
function isWhatWasSaid(events: readonly FoundEvent[], said: Acknowledged | undefined): boolean {
  if (said === undefined) return true
  return events.length === said.size && (said.commitId === undefined || events[0]?.commitId === said.commitId)
}
