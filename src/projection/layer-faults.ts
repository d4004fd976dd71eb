import type { Fault } from './fold.ts'

/** Of the skipped events, so many are listed; the others are counted. */
const LISTED = 100

/** What a checkpoint has to remember of faults: what was left out is not met again. */
export interface KeptFaults {
  readonly skipped: number
  /** The first of them. */
  readonly listed: readonly Fault[]
  readonly parked: readonly (readonly [key: string, fault: Fault])[]
}

/** What the functions of a projection threw at, over one layer of its states, and what became of it. */
export class LayerFaults {
  /** The event at which all keys stopped. */
  stopped: Fault | undefined
  readonly #parked = new Map<string, Fault>()
  readonly #listed: Fault[] = []
  #skipped = 0
  #revision = 0

  /** Grows with every change, so that whoever shows faults knows when to look again. */
  get revision(): number {
    return this.#revision
  }

  get isEmpty(): boolean {
    return this.stopped === undefined && this.#skipped === 0 && this.#parked.size === 0
  }

  get skipped(): number {
    return this.#skipped
  }

  /** The first of the skipped events. */
  get listed(): readonly Fault[] {
    return this.#listed
  }

  /** The keys that stopped, each at the event that stopped it. */
  get parked(): ReadonlyMap<string, Fault> {
    return this.#parked
  }

  stop(fault: Fault): void {
    this.stopped = fault
    this.#revision++
  }

  skip(fault: Fault): void {
    this.#skipped++
    if (this.#listed.length < LISTED) this.#listed.push(fault)
    this.#revision++
  }

  park(key: string, fault: Fault): void {
    this.#parked.set(key, fault)
    this.#revision++
  }

  clear(): void {
    if (this.isEmpty) return
    this.stopped = undefined
    this.#skipped = 0
    this.#listed.length = 0
    this.#parked.clear()
    this.#revision++
  }

  /** What comes behind, or out of a checkpoint. */
  add({ skipped, listed, parked }: KeptFaults): void {
    this.#skipped += skipped
    this.#listed.push(...listed.slice(0, LISTED - this.#listed.length))
    for (const [key, fault] of parked) this.#parked.set(key, fault)
    this.#revision++
  }

  /** Undefined when there is nothing to remember. What stopped everything is not kept: it is met again. */
  toKept(): KeptFaults | undefined {
    if (this.#skipped === 0 && this.#parked.size === 0) return undefined
    return { skipped: this.#skipped, listed: [...this.#listed], parked: [...this.#parked] }
  }
}
