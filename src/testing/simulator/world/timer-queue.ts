export interface Timer {
  readonly at: number
  /** Of two timers due at the same time the one set first goes first. */
  readonly order: number
  readonly actor: string
  readonly what: string
  readonly task: () => void
  isCancelled: boolean
}

/** Timers, soonest first: a binary heap. Cancelled ones are dropped when their time comes. */
export class TimerQueue {
  readonly #heap: Timer[] = []

  push(timer: Timer): void {
    const heap = this.#heap
    let index = heap.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfSooner(index, parent)) return
      index = parent
    }
  }

  /** The next one that is not cancelled, which it also takes out if it is due by `latest`. */
  popDue(latest: number): Timer | undefined {
    for (;;) {
      const [first] = this.#heap
      if (first === undefined || (!first.isCancelled && first.at > latest)) return undefined
      this.#removeFirst()
      if (!first.isCancelled) return first
    }
  }

  get isEmpty(): boolean {
    while (this.#heap[0]?.isCancelled === true) this.#removeFirst()
    return this.#heap.length === 0
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const child = isSooner(heap[left + 1], heap[left]) ? left + 1 : left
      if (!this.#swapIfSooner(child, index)) return
      index = child
    }
  }

  /** Puts the timer at `index` in the place of the one at `other`, if it is sooner. */
  #swapIfSooner(index: number, other: number): boolean {
    const [one, two] = [this.#heap[index], this.#heap[other]]
    if (one === undefined || two === undefined || !isSooner(one, two)) return false
    this.#heap[index] = two
    this.#heap[other] = one
    return true
  }
}

function isSooner(one: Timer | undefined, two: Timer | undefined): boolean {
  if (one === undefined || two === undefined) return false
  return one.at < two.at || (one.at === two.at && one.order < two.order)
}
