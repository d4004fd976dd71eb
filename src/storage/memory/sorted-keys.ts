import type { KeyRange } from '../../store/storage-backend.ts'

/** Keys in ascending order, as IndexedDB orders them: numbers by size, strings by UTF-16 unit. Adding at the end costs nothing. */
export class SortedKeys<K extends string | number> {
  readonly #keys: K[] = []

  get last(): K | undefined {
    return this.#keys[this.#keys.length - 1]
  }

  get size(): number {
    return this.#keys.length
  }

  add(key: K): void {
    const { last } = this
    if (last === undefined || key > last) {
      this.#keys.push(key)
      return
    }
    const index = this.#firstAfter(key, false)
    if (this.#keys[index] !== key) this.#keys.splice(index, 0, key)
  }

  remove(key: K): void {
    const index = this.#firstAfter(key, false)
    if (this.#keys[index] === key) this.#keys.splice(index, 1)
  }

  /** The least key at or behind this one. */
  leastFrom(key: K): K | undefined {
    return this.#keys[this.#firstAfter(key, false)]
  }

  inRange(range: KeyRange<K>): K[] {
    const start = range.after === undefined ? 0 : this.#firstAfter(range.after, true)
    const end = range.upTo === undefined ? this.#keys.length : this.#firstAfter(range.upTo, true)
    const limit = Math.min(range.limit ?? Number.POSITIVE_INFINITY, Math.max(0, end - start))
    if (range.direction === 'backward') return this.#keys.slice(end - limit, end).reverse()
    return this.#keys.slice(start, start + limit)
  }

  /** Index of the first key that is greater than `key`, or, unless `strictly`, equal to it. */
  #firstAfter(key: K, strictly: boolean): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#keys[middle]
      if (at !== undefined && (at < key || (strictly && at === key))) low = middle + 1
      else high = middle
    }
    return low
  }
}

export function isInRange<K extends string | number>(key: K, range: KeyRange<K>): boolean {
  return (range.after === undefined || key > range.after) && (range.upTo === undefined || key <= range.upTo)
}
