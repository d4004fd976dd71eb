import { ROWS, rowOf, StateRows, type States } from './state-rows.ts'

/** States by key, of which those that come from a checkpoint are unpacked when they are asked for. */
export class BaseStates {
  readonly #states = new Map<string, unknown>()
  /** Of the checkpoint, those rows that nobody has asked for. */
  readonly #packed = new Map<number, StateRows>()

  restore(states: Iterable<States[number]>): void {
    if (states instanceof StateRows) for (let number = 0; number < ROWS; number++) this.#packed.set(number, states)
    else this.#take(states)
  }

  has(key: string): boolean {
    this.#unpackNear(key)
    return this.#states.has(key)
  }

  get(key: string): unknown {
    this.#unpackNear(key)
    return this.#states.get(key)
  }

  set(key: string, state: unknown): void {
    this.#states.set(key, state)
  }

  keys(): Iterable<string> {
    this.#unpackAll()
    return this.#states.keys()
  }

  all(): [key: string, state: unknown][] {
    this.#unpackAll()
    return [...this.#states]
  }

  #unpackNear(key: string): void {
    if (this.#packed.size === 0 || this.#states.has(key)) return
    const number = rowOf(key)
    const rows = this.#packed.get(number)
    if (rows === undefined) return
    this.#take(rows.row(number))
    this.#packed.delete(number)
  }

  #unpackAll(): void {
    for (const [number, rows] of this.#packed) this.#take(rows.row(number))
    this.#packed.clear()
  }

  /** What is there already is newer. */
  #take(states: Iterable<States[number]>): void {
    for (const [key, state] of states) if (!this.#states.has(key)) this.#states.set(key, state)
  }
}
