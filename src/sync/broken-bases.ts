import type { LogCache } from '../store/log-cache.ts'
import { countBehind, type PendingRecord } from '../store/records.ts'

export interface BrokenBasis {
  readonly record: PendingRecord
  /** In which something happened that the commit does not stand on. */
  readonly stream: string
}

interface Waiting extends Pick<LogCache, 'deadLetters'> {
  readonly pending: Pick<LogCache['pending'], 'records'>
}

/** What a response says besides. */
export interface Said {
  /** Confirmed versions of the streams that something was confirmed in, with that. */
  readonly versions: ReadonlyMap<string, number>
  /** Whether a commit of the outbox is among that. */
  readonly isConfirmed: (id: string) => boolean
  readonly isAccepted: (record: PendingRecord) => boolean
  readonly isRefused: (id: string) => boolean
}

/**
 * The commits of the outbox that expect a version which their stream can no more have just before them: something else was confirmed in it. What is
 * held, or is from now on, is left out: it waits for a person first.
 *
 * One pass, whatever the number of commits: each says what it stands on by few.
 */
export function brokenBases(
  { pending, deadLetters }: Waiting,
  { versions, isConfirmed, isAccepted, isRefused }: Said,
): BrokenBasis[] {
  if (versions.size === 0) return []
  const letters = Array.from(deadLetters.values(), ({ commit }) => commit)
  const open = new OpenShares()
  const broken: BrokenBasis[] = []
  /** Dead letters, and what is held behind them. */
  const waits = new Set(deadLetters.keys())
  // What a commit stands on has a lower order.
  for (const record of inOrder(pending.records, letters)) {
    if (isConfirmed(record.id)) continue
    open.note(record)
    if (isRefused(record.id)) waits.add(record.id)
    if (isAccepted(record) || waits.has(record.id)) continue
    const hasCommand = record.command !== undefined
    if (!hasCommand && Object.values(record.basis).some(({ behind }) => behind.some(({ id }) => waits.has(id)))) {
      waits.add(record.id)
      continue
    }
    const stream = Object.keys(record.basis).find((each) => {
      const confirmed = versions.get(each)
      const basis = record.basis[each]
      if (confirmed === undefined || basis === undefined || record.expected[each] === 'streamExists') return false
      return confirmed + open.of(record, each) > basis.confirmed + countBehind(basis)
    })
    if (stream === undefined) continue
    broken.push({ record, stream })
    if (!hasCommand) waits.add(record.id)
  }
  return broken
}

function inOrder(pending: readonly PendingRecord[], letters: readonly PendingRecord[]): readonly PendingRecord[] {
  return letters.length === 0 ? pending : [...pending, ...letters].sort((a, b) => a.order - b.order)
}

/** How many events of what a commit stands on are not confirmed. */
class OpenShares {
  readonly #open = new Map<string, Map<string, number>>()

  note(record: PendingRecord): void {
    const streams = new Map<string, number>()
    this.#open.set(record.id, streams)
    for (const [stream, { behind }] of Object.entries(record.basis)) {
      const sum = behind.reduce((total, { id, count, also }) => {
        const link = this.#open.get(id)
        // One that is confirmed stood on what is.
        return link === undefined ? total : total + count + (also === undefined ? 0 : (link.get(stream) ?? 0))
      }, 0)
      streams.set(stream, sum)
    }
  }

  of(record: PendingRecord, stream: string): number {
    return this.#open.get(record.id)?.get(stream) ?? 0
  }
}
