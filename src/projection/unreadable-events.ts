import type { ReadResult } from '../event/catalog.ts'

export type UnreadableReason = Exclude<ReadResult['kind'], 'events'>

/** Events that today's definitions cannot read. The log keeps them as they are; they are folded when an update can read them. */
export interface UnreadableEvents {
  readonly type: string
  /** `'too-new'`: of a version above the one that is known. `'unreadable'`: the upcaster is missing, threw, or the data does not fit. */
  readonly reason: UnreadableReason
  readonly count: number
}

export type OnUnreadable = (type: string, reason: UnreadableReason, count: number) => void

/** Counts by type and reason. */
export class UnreadableCounts {
  readonly #counts = new Map<string, UnreadableEvents>()
  #fresh = new Map<UnreadableReason, number>()

  constructor(known: readonly UnreadableEvents[] = []) {
    for (const each of known) this.#counts.set(keyOf(each.type, each.reason), each)
  }

  get all(): readonly UnreadableEvents[] {
    return [...this.#counts.values()]
  }

  add(type: string, reason: UnreadableReason, count: number): void {
    const key = keyOf(type, reason)
    this.#counts.set(key, { type, reason, count: (this.#counts.get(key)?.count ?? 0) + count })
    this.#fresh.set(reason, (this.#fresh.get(reason) ?? 0) + count)
  }

  /** How many were counted since this was asked last. */
  takeFresh(): ReadonlyMap<UnreadableReason, number> {
    const taken = this.#fresh
    if (taken.size > 0) this.#fresh = new Map()
    return taken
  }
}

/** Of several that went through the same log, each from another place on: what the one counted that saw most. */
export function mostUnreadable(all: Iterable<readonly UnreadableEvents[]>): UnreadableEvents[] {
  const most = new Map<string, UnreadableEvents>()
  for (const counts of all) {
    for (const each of counts) {
      const key = keyOf(each.type, each.reason)
      if ((most.get(key)?.count ?? 0) < each.count) most.set(key, each)
    }
  }
  return [...most.values()].sort((a, b) => (keyOf(a.type, a.reason) < keyOf(b.type, b.reason) ? -1 : 1))
}

function keyOf(type: string, reason: UnreadableReason): string {
  return `${type} ${reason}`
}
