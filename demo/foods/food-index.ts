import type { FoodRow } from './food.ts'
import { Glossary } from './glossary.ts'
import { LOWEST_PRIOR, MAKER_PRIOR } from './prior.ts'
import { readName, splitName } from './read-name.ts'
import { STAPLES } from './staples.ts'

/**
 * Where each word occurs, in flat arrays: about half a megabyte for seven thousand foods. The words are sorted, so that those with a common
 * beginning lie together; the places of word `w` are `places[starts[w]]` up to `places[starts[w + 1]]`.
 */
export interface FoodIndex {
  readonly words: readonly string[]
  readonly starts: Uint32Array
  /** See `packPlace`. */
  readonly places: Uint32Array
  /** Words of each stem, as indexes into `words`. */
  readonly stems: ReadonlyMap<string, readonly number[]>
  /** By food: words in its title, and in all of its name (small words do not count). */
  readonly titleWords: Uint8Array
  readonly nameWords: Uint8Array
  /** By food: how likely it is meant, whatever was typed. */
  readonly priors: Float32Array
  readonly rowsById: ReadonlyMap<string, number>
}

/** What a word counts for by the part of the name it stands in, outside of the title. */
const PART_WEIGHTS = [90, 80, 66, 56, 50, 46, 42, 40] as const
/** A drawer's label (`Fish`, `Nuts`) counts like a noun of the title, a little less. */
const LABEL_WEIGHT = 92

/** Builds the index piece by piece, so that a slow phone can draw in between. */
export class FoodIndexBuilder {
  readonly #glossary = new Glossary()
  readonly #titleWords: Uint8Array
  readonly #nameWords: Uint8Array
  readonly #priors: Float32Array
  readonly #rowsById = new Map<string, number>()
  readonly #rows: readonly FoodRow[]
  #next = 0

  constructor(rows: readonly FoodRow[]) {
    this.#rows = rows
    this.#titleWords = new Uint8Array(rows.length)
    this.#nameWords = new Uint8Array(rows.length)
    this.#priors = new Float32Array(rows.length)
  }

  /** Reads the next foods, at most `count`; false when there are none left. */
  read(count: number): boolean {
    const to = Math.min(this.#rows.length, this.#next + count)
    for (; this.#next < to; this.#next++) {
      const row = this.#rows[this.#next]
      if (row !== undefined) this.#readFood(this.#next, row[0], row[1])
    }
    return to < this.#rows.length
  }

  build(): FoodIndex {
    this.read(this.#rows.length)
    return {
      ...this.#glossary.sorted(),
      titleWords: this.#titleWords,
      nameWords: this.#nameWords,
      priors: this.#priors,
      rowsById: this.#rowsById,
    }
  }

  #readFood(food: number, id: string, name: string): void {
    const glossary = this.#glossary
    this.#rowsById.set(id, food)
    const parts = splitName(name)
    const { title, nounFirst } = readName(parts)
    const { words } = glossary.read(title)
    const noun = words.at(-1)
    const firstNoun = nounFirst ? words[0] : noun
    glossary.begin(food)
    for (const word of words) glossary.add(word, true, word === noun || word === firstNoun, 100)
    this.#titleWords[food] = glossary.count
    let isMade = false
    for (let index = 0; index < parts.length; index++) {
      const part = glossary.read(parts[index] ?? '')
      if (index < 2) isMade ||= part.isMade
      const labels = part.isLabel && index === 0
      const weight = labels ? LABEL_WEIGHT : (PART_WEIGHTS[Math.min(index, PART_WEIGHTS.length - 1)] ?? 0)
      for (const word of part.words) glossary.add(word, labels, labels, weight)
    }
    this.#nameWords[food] = glossary.count
    const prior = glossary.prior + (STAPLES.get(id) ?? 0) + (isMade ? MAKER_PRIOR : 0)
    this.#priors[food] = Math.max(LOWEST_PRIOR, prior)
  }
}
