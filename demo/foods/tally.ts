import type { FoodIndex } from './food-index.ts'
import type { WordMatch } from './matching-words.ts'
import { foodAt, isInTitle, isNoun, weightAt } from './place.ts'

/** What the score adds to the mean of the words: title covered, its noun hit, the whole name typed; and for each word of the name. */
const TITLE_COVERED = 0.5
const NOUN_HIT = 0.25
const WHOLE_NAME = 0.5
const PER_WORD = -0.008

/** Scores of one query by food, in arrays that are used again for the next. */
export class Tally {
  readonly #index: FoodIndex
  readonly #sum: Float32Array
  readonly #inTitle: Float32Array
  readonly #noun: Float32Array
  readonly #matched: Uint8Array
  /** Of the word at hand: its best score in each food, and the place that gave it. */
  readonly #best: Float32Array
  readonly #bestPlace: Uint32Array
  #words = 0

  constructor(index: FoodIndex, foods: number) {
    this.#index = index
    this.#sum = new Float32Array(foods)
    this.#inTitle = new Float32Array(foods)
    this.#noun = new Float32Array(foods)
    this.#matched = new Uint8Array(foods)
    this.#best = new Float32Array(foods)
    this.#bestPlace = new Uint32Array(foods)
  }

  /** Most typed words that any food has. */
  get most(): number {
    return this.#matched.reduce((most, each) => Math.max(most, each), 0)
  }

  /** Scores every food for these words; answers how many foods have all of them. */
  count(matches: readonly (readonly WordMatch[])[]): number {
    this.#sum.fill(0)
    this.#inTitle.fill(0)
    this.#noun.fill(0)
    this.#matched.fill(0)
    this.#words = matches.length
    for (const found of matches) this.#addWord(found)
    let complete = 0
    for (const each of this.#matched) if (each === matches.length) complete++
    return complete
  }

  #addWord(found: readonly WordMatch[]): void {
    const { starts, places } = this.#index
    const touched: number[] = []
    for (const { word, quality } of found) {
      const end = starts[word + 1] ?? 0
      for (let at = starts[word] ?? 0; at < end; at++) {
        const place = places[at] ?? 0
        const food = foodAt(place)
        const score = quality * weightAt(place)
        const before = this.#best[food] ?? 0
        if (before === 0) touched.push(food)
        if (score <= before) continue
        this.#best[food] = score
        this.#bestPlace[food] = place
      }
    }
    for (const food of touched) {
      const score = this.#best[food] ?? 0
      const place = this.#bestPlace[food] ?? 0
      this.#sum[food] = (this.#sum[food] ?? 0) + score
      this.#matched[food] = (this.#matched[food] ?? 0) + 1
      if (isInTitle(place)) this.#inTitle[food] = (this.#inTitle[food] ?? 0) + score
      if (isNoun(place)) this.#noun[food] = Math.max(this.#noun[food] ?? 0, score)
      this.#best[food] = 0
    }
  }

  /** Rows of the best foods among those that have at least `needed` of the words; of two with one score, the first in the table. */
  best(needed: number, limit: number, boosts: ReadonlyMap<string, number> | undefined): readonly number[] {
    if (needed === 0) return []
    const boostOf = this.#boostsByRow(boosts)
    const best = new BestRows(limit)
    for (let row = 0; row < this.#matched.length; row++) {
      if ((this.#matched[row] ?? 0) >= needed) best.add(row, this.#score(row) + (boostOf.get(row) ?? 0))
    }
    return best.rows
  }

  #score(row: number): number {
    const { titleWords, nameWords, priors } = this.#index
    const names = nameWords[row] ?? 1
    return (
      (this.#sum[row] ?? 0) / this.#words +
      TITLE_COVERED * Math.min(1, (this.#inTitle[row] ?? 0) / (titleWords[row] ?? 1)) +
      NOUN_HIT * (this.#noun[row] ?? 0) +
      ((this.#matched[row] ?? 0) >= names ? WHOLE_NAME : 0) +
      PER_WORD * names +
      (priors[row] ?? 0)
    )
  }

  #boostsByRow(boosts: ReadonlyMap<string, number> | undefined): ReadonlyMap<number, number> {
    const byRow = new Map<number, number>()
    for (const [id, boost] of boosts ?? []) {
      const row = this.#index.rowsById.get(id)
      if (row !== undefined) byRow.set(row, boost)
    }
    return byRow
  }
}

/** The few best of many, without sorting the many. */
class BestRows {
  readonly rows: number[] = []
  readonly #scores: number[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  add(row: number, score: number): void {
    const last = this.#scores.length - 1
    if (last + 1 >= this.#limit && score <= (this.#scores[last] ?? Number.POSITIVE_INFINITY)) return
    let at = last + 1
    while (at > 0 && score > (this.#scores[at - 1] ?? 0)) at--
    this.#scores.splice(at, 0, score)
    this.rows.splice(at, 0, row)
    if (this.rows.length > this.#limit) {
      this.#scores.pop()
      this.rows.pop()
    }
  }
}
