import { countByStream } from '../event/packed-events.ts'
import type { LogCache } from '../store/log-cache.ts'
import { type BasisShare, countBehind, isAccepted, type PendingRecord, type StreamBasis } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** A commit that is no more, and what is in its place. */
export interface Settled {
  readonly record: PendingRecord
  /** Undefined where it is given up. */
  readonly successor: PendingRecord | undefined
}

type Waiting = Pick<LogCache, 'pending' | 'deadLetters'>

/**
 * Commits with an expectation remember what they stood on. When one of those is replaced, they stand on its replacement; when it is given up, it no
 * longer counts. Those that a command is kept with are to be decided again.
 *
 * @returns by id, those that change, as they are from then on
 */
export function dependentsOf(cache: Waiting, settled: readonly Settled[]): Map<string, PendingRecord> {
  const byId = new Map(settled.map((each) => [each.record.id, each]))
  const letters = [...cache.deadLetters.values()].filter(({ id }) => !byId.has(id))
  const waiting = [...cache.pending.records, ...letters.map(({ commit }) => commit)]
  const open = new Map(waiting.filter(({ id }) => !byId.has(id)).map((each) => [each.id, each]))
  const move = new Move(byId, (id) => open.has(id))
  // What a commit stands on has a lower order: what became of it is known by then.
  for (const record of [...open.values()].sort((a, b) => a.order - b.order)) move.take(record)
  return move.moved
}

export async function putMoved(
  tx: StorageTransaction,
  cache: Waiting,
  moved: ReadonlyMap<string, PendingRecord>,
): Promise<void> {
  const pending = cache.pending.records.flatMap(({ id }) => moved.get(id) ?? [])
  const changed = [...cache.deadLetters.values()].flatMap((letter) => {
    const commit = moved.get(letter.id)
    return commit === undefined ? [] : [{ ...letter, commit }]
  })
  if (pending.length > 0) await tx.put('pending', ...pending)
  if (changed.length > 0) await tx.put('deadLetters', ...changed)
}

class Move {
  readonly moved = new Map<string, PendingRecord>()
  readonly #settled: ReadonlyMap<string, Settled>
  readonly #isOpen: (id: string) => boolean
  /** Those that stand on what is settled, also by a link alone. */
  readonly #dependent = new Set<string>()
  /** By how much the events have changed that a commit was put behind in a stream. */
  readonly #changes = new Map<string, Map<string, number>>()

  constructor(settled: ReadonlyMap<string, Settled>, isOpen: (id: string) => boolean) {
    this.#settled = settled
    this.#isOpen = isOpen
  }

  take(record: PendingRecord): void {
    if (!this.#standsOnSettled(record)) return
    this.#dependent.add(record.id)
    const basis = Object.entries(record.basis).map(([stream, before]) => ({
      stream,
      before,
      after: this.#move(stream, before),
    }))
    const isToDecide = record.command !== undefined && !isAccepted(record)
    if (!isToDecide && basis.every(({ before, after }) => before === after)) return
    const changes = basis.map(({ stream, before, after }): [string, number] => [
      stream,
      totalOf(after) - totalOf(before),
    ])
    this.#changes.set(record.id, new Map(changes))
    this.moved.set(record.id, {
      ...record,
      ...(isToDecide ? { decideFrom: record.decideFrom ?? 0 } : {}),
      basis: Object.fromEntries(basis.map(({ stream, after }): [string, StreamBasis] => [stream, after])),
    })
  }

  /** Whether it names one of them, or a link that does. */
  #standsOnSettled({ basis }: PendingRecord): boolean {
    return Object.values(basis).some(({ behind }) =>
      behind.some(({ id, also }) => this.#settled.has(id) || (also !== undefined && this.#dependent.has(id))),
    )
  }

  /** The same basis when the commit did not stand on what is settled. */
  #move(stream: string, basis: StreamBasis): StreamBasis {
    let { confirmed } = basis
    let isSame = true
    const behind = basis.behind.flatMap((share): readonly BasisShare[] => {
      if (this.#settled.has(share.id)) {
        isSame = false
        const left = this.#inPlaceOf(stream, share)
        confirmed += left.confirmed
        return left.behind
      }
      const change = share.also === undefined ? 0 : (this.#changes.get(share.id)?.get(stream) ?? 0)
      if (change === 0) return [share]
      isSame = false
      return [{ ...share, also: (share.also ?? 0) + change }]
    })
    return isSame ? basis : { confirmed, behind }
  }

  /** What a commit stands on from now on where it stood on this, which is settled or, as a part of that, still open. */
  #inPlaceOf(stream: string, share: BasisShare): StreamBasis {
    const settled = this.#settled.get(share.id)
    if (settled === undefined) return { confirmed: 0, behind: [share] }
    const left = this.#leftOf(stream, share, settled.record)
    return { ...left, behind: [...left.behind, ...shareOf(settled.successor, stream)] }
  }

  /**
   * What a commit stands on without the link that said so. What is neither in the outbox nor a dead letter any more was confirmed; it is counted
   * with what was confirmed before.
   */
  #leftOf(stream: string, { also }: BasisShare, { basis }: PendingRecord): StreamBasis {
    if (also === undefined || !Object.hasOwn(basis, stream)) return { confirmed: 0, behind: [] }
    const open = (basis[stream]?.behind ?? []).filter(({ id }) => this.#isOpen(id) || this.#settled.has(id))
    let rest = also - open.reduce((sum, { count }) => sum + count, 0)
    const parts = open.map((share): StreamBasis => {
      const moved = share.also === undefined ? share : { ...share, also: rest }
      if (share.also !== undefined) rest = 0
      return this.#inPlaceOf(stream, moved)
    })
    return {
      confirmed: parts.reduce((sum, { confirmed }) => sum + confirmed, rest),
      behind: parts.flatMap(({ behind }) => behind),
    }
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
