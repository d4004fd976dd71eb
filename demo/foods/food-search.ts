import { type Food, type FoodRow, rowToFood } from './food.ts'
import { type FoodIndex, FoodIndexBuilder } from './food-index.ts'
import { directMatches, splitTyped, typoMatches, type WordMatch } from './matching-words.ts'
import { Tally } from './tally.ts'
import { SMALL_WORDS, wordsOf } from './words.ts'

export interface SearchOptions {
  /** Default 30. */
  limit?: number
  /** By food id: added to the score of a food that matches. 1 puts it before nearly all that are not boosted. Default: none. */
  boosts?: ReadonlyMap<string, number>
}

export interface FoodSearch {
  /** Number of foods. */
  readonly size: number
  /**
   * The foods that a person most likely means, best first; `[]` for a query without a word. Every typed word has to begin a word of the
   * food's name, in any order; case, accents and plurals do not matter. Where no food has all words, a slip of one letter is forgiven in words
   * of five letters or more; where that does not help either, the foods that have most of the words are given.
   */
  search(query: string, options?: SearchOptions): readonly Food[]
  find(id: string): Food | undefined
}

/** Builds the index in one go. On a slow phone that is a long task: see {@link createFoodSearchInPieces}. */
export function createFoodSearch(rows: readonly FoodRow[]): FoodSearch {
  return searchOver(rows, new FoodIndexBuilder(rows).build())
}

/** The same with a pause after every 250 foods, so that the page stays alive. `pause` resolves when the page has had its turn. */
export async function createFoodSearchInPieces(
  rows: readonly FoodRow[],
  pause: () => Promise<void>,
): Promise<FoodSearch> {
  const builder = new FoodIndexBuilder(rows)
  while (builder.read(FOODS_PER_PIECE)) await pause()
  return searchOver(rows, builder.build())
}
const FOODS_PER_PIECE = 250

function searchOver(rows: readonly FoodRow[], index: FoodIndex): FoodSearch {
  const tally = new Tally(index, rows.length)
  const foodAt = (row: number): readonly Food[] => {
    const found = rows[row]
    return found === undefined ? [] : [rowToFood(found)]
  }
  return {
    size: rows.length,
    search(query, { limit = 30, boosts } = {}) {
      const found = searchRows(index, tally, query)
      return tally.best(found, limit, boosts).flatMap(foodAt)
    },
    find(id) {
      const row = index.rowsById.get(id)
      return row === undefined ? undefined : foodAt(row)[0]
    },
  }
}

/** How many of the typed words a food needs; the tally holds the scores. */
function searchRows(index: FoodIndex, tally: Tally, query: string): number {
  const typed = typedWords(query)
  if (typed.length === 0) return 0
  const direct = typed.map((word) => directMatches(index, word))
  const words = typed.flatMap((word, at) => (direct[at]?.length === 0 ? (splitTyped(index, word) ?? [word]) : [word]))
  const matches = words.map((word) => directMatches(index, word))
  if (tally.count(withJoined(index, words, matches)) > 0) return words.length
  const forgiving = words.map((word, at) => {
    const found = matches[at] ?? []
    return found.length === 0 || words.length > 1 ? [...found, ...typoMatches(index, word)] : found
  })
  if (tally.count(forgiving) > 0) return words.length
  return tally.most
}

/** The words of the query that say something; all of them, if none does. */
function typedWords(query: string): readonly string[] {
  const all = wordsOf(query).slice(0, MAX_WORDS)
  const telling = all.filter((word, at) => at === all.length - 1 || !SMALL_WORDS.has(word))
  const last = telling.at(-1)
  return telling.length > 1 && last !== undefined && SMALL_WORDS.has(last) ? telling.slice(0, -1) : telling
}
const MAX_WORDS = 24

/** `soy milk` is also `soymilk`: two typed words that are one word of the index. */
function withJoined(
  index: FoodIndex,
  words: readonly string[],
  matches: readonly (readonly WordMatch[])[],
): readonly (readonly WordMatch[])[] {
  const joined = matches.map((found) => [...found])
  for (let at = 0; at + 1 < words.length; at++) {
    const both = `${words[at]}${words[at + 1]}`
    if (both.length < 5) continue
    for (const match of directMatches(index, both)) {
      joined[at]?.push(match)
      joined[at + 1]?.push(match)
    }
  }
  return joined
}
