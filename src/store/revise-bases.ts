import type { BasisShare, CommitLetterRecord, PendingRecord, StreamBasis } from './records.ts'

/** A commit that was confirmed in a stream, and the version of the stream behind it. */
export interface StreamVersion {
  readonly stream: string
  readonly version: number
  readonly share: BasisShare
}

/**
 * What was confirmed goes back into the outbox: what waits there, or is a dead letter, and counted it as confirmed, stands on it from now on as on any other
 * pending commit. What is expected of the server stays the same number.
 *
 * @param versions the newest first
 */
export function reviseBases(
  pending: readonly PendingRecord[],
  letters: readonly CommitLetterRecord[],
  versions: readonly StreamVersion[],
): { readonly pending: readonly PendingRecord[]; readonly letters: readonly CommitLetterRecord[] } {
  const records = [...pending, ...letters.map(({ commit }) => commit)].sort((a, b) => a.order - b.order)
  const bases = new Map(records.map(({ id, basis }) => [id, new Map(Object.entries(basis))]))
  const changed = new Set<string>()
  for (const version of versions) {
    const standing = new Set<string>()
    for (const { id } of records) {
      const basis = bases.get(id)?.get(version.stream)
      if (basis === undefined) continue
      const revised = revise(basis, version, standing)
      if (revised.stands) standing.add(id)
      if (revised.basis === basis) continue
      bases.get(id)?.set(version.stream, revised.basis)
      changed.add(id)
    }
  }
  const withBasis = (record: PendingRecord): PendingRecord => ({
    ...record,
    basis: Object.fromEntries(bases.get(record.id) ?? []),
  })
  return {
    pending: pending.filter(({ id }) => changed.has(id)).map(withBasis),
    letters: letters.filter(({ id }) => changed.has(id)).map((each) => ({ ...each, commit: withBasis(each.commit) })),
  }
}

/** @param standing ids of those in front that stand on the commit */
function revise(
  basis: StreamBasis,
  { version, share }: StreamVersion,
  standing: ReadonlySet<string>,
): { readonly basis: StreamBasis; readonly stands: boolean } {
  const named = basis.behind.find(({ id }) => id === share.id)
  if (named?.also !== undefined) {
    // It comes back without an expectation: what it stood on is no more said by it.
    const behind = basis.behind.map((each) => (each === named ? { id: each.id, count: each.count } : each))
    return { basis: { confirmed: basis.confirmed + named.also, behind }, stands: true }
  }
  const link = basis.behind.find(({ id, also }) => also !== undefined && standing.has(id))
  if (named !== undefined || basis.confirmed < version)
    return { basis, stands: named !== undefined || link !== undefined }
  const confirmed = basis.confirmed - share.count
  const linked = basis.behind.map((each) => (each === link ? { ...each, also: (each.also ?? 0) + share.count } : each))
  return { basis: { confirmed, behind: link === undefined ? [share, ...basis.behind] : linked }, stands: true }
}
