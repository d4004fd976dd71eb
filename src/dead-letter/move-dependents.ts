import { countByStream } from '../event/packed-events.ts'
import type { LogCache } from '../store/log-cache.ts'
import { type BasisShare, countBehind, type PendingRecord, type StreamBasis } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/**
 * Commits with an expectation remember what they stood on. When one of those is replaced, they stand on its replacement; when it is given up
 * (`successor` undefined), it no longer counts. Part of the transaction that settles it.
 */
export async function moveDependents(
  tx: StorageTransaction,
  cache: Pick<LogCache, 'pending' | 'deadLetters'>,
  settled: PendingRecord,
  successor: PendingRecord | undefined,
): Promise<void> {
  const letters = [...cache.deadLetters.values()].filter(({ id }) => id !== settled.id)
  const open = new Map(
    [...cache.pending.records, ...letters.map(({ commit }) => commit)].map((each) => [each.id, each]),
  )
  const move = new Move(settled, successor, (id) => open.has(id))
  // What a commit stands on has a lower order: what became of it is known by then.
  for (const record of [...open.values()].sort((a, b) => a.order - b.order)) move.take(record)
  const { moved } = move
  const pending = cache.pending.records.flatMap(({ id }) => moved.get(id) ?? [])
  const changed = letters.flatMap((letter) => {
    const commit = moved.get(letter.id)
    return commit === undefined ? [] : [{ ...letter, commit }]
  })
  if (pending.length > 0) await tx.put('pending', ...pending)
  if (changed.length > 0) await tx.put('deadLetters', ...changed)
}

class Move {
  readonly moved = new Map<string, PendingRecord>()
  readonly #settled: PendingRecord
  readonly #successor: PendingRecord | undefined
  readonly #isOpen: (id: string) => boolean
  /** By how much the events have changed that a commit was put behind in a stream. */
  readonly #changes = new Map<string, Map<string, number>>()

  constructor(settled: PendingRecord, successor: PendingRecord | undefined, isOpen: (id: string) => boolean) {
    this.#settled = settled
    this.#successor = successor
    this.#isOpen = isOpen
  }

  take(record: PendingRecord): void {
    const basis = Object.entries(record.basis).map(([stream, before]) => ({
      stream,
      before,
      after: this.#move(stream, before),
    }))
    if (basis.every(({ before, after }) => before === after)) return
    const changes = basis.map(({ stream, before, after }): [string, number] => [
      stream,
      totalOf(after) - totalOf(before),
    ])
    this.#changes.set(record.id, new Map(changes))
    this.moved.set(record.id, {
      ...record,
      basis: Object.fromEntries(basis.map(({ stream, after }): [string, StreamBasis] => [stream, after])),
    })
  }

  /** The same basis when the commit did not stand on what is settled. */
  #move(stream: string, basis: StreamBasis): StreamBasis {
    let { confirmed } = basis
    let isSame = true
    const behind = basis.behind.flatMap((share): readonly BasisShare[] => {
      if (share.id === this.#settled.id) {
        isSame = false
        const left = this.#leftOf(stream, share)
        confirmed += left.confirmed
        return [...left.behind, ...shareOf(this.#successor, stream)]
      }
      const change = share.also === undefined ? 0 : (this.#changes.get(share.id)?.get(stream) ?? 0)
      if (change === 0) return [share]
      isSame = false
      return [{ ...share, also: (share.also ?? 0) + change }]
    })
    return isSame ? basis : { confirmed, behind }
  }

  /**
   * What a commit stands on without the link that said so. What is neither in the outbox nor a dead letter any more was confirmed; it is counted
   * with what was confirmed before.
   */
  #leftOf(stream: string, { also }: BasisShare): StreamBasis {
    if (also === undefined || !Object.hasOwn(this.#settled.basis, stream)) return { confirmed: 0, behind: [] }
    const open = (this.#settled.basis[stream]?.behind ?? []).filter(({ id }) => this.#isOpen(id))
    let rest = also - open.reduce((sum, { count }) => sum + count, 0)
    const behind = open.map((share): BasisShare => {
      if (share.also === undefined) return share
      const moved = { ...share, also: rest }
      rest = 0
      return moved
    })
    return { confirmed: rest, behind }
  }
}

function totalOf(basis: StreamBasis): number {
  return basis.confirmed + countBehind(basis)
}

function shareOf(record: PendingRecord | undefined, stream: string): readonly BasisShare[] {
  const index = record?.events.streams.indexOf(stream) ?? -1
  if (record === undefined || index === -1) return []
  return [{ id: record.id, count: countByStream(record.events)[index] ?? 0 }]
}
