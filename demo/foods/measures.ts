/** A household measure, such as `cup, diced`, and what one of it weighs. */
export interface Measure {
  readonly label: string
  readonly grams: number
}

/** A portion that one person eats: grams, and kcal at most. */
const PLAUSIBLE = { minGrams: 8, maxGrams: 500, maxCalories: 500 } as const
/** Added to the rank of what is less than a portion, or more. */
const TOO_LITTLE = 10
const TOO_MUCH = 20
const PIECE_RANK = 1

/** How usual a measure is, by its label; the first that fits counts. What fits none is a piece: an egg, a slice, a bar. */
const RANKS: readonly (readonly [label: RegExp, rank: number])[] = [
  [/yield|refuse|NLEA|purchased/, 8],
  [/^oz \(/, 2],
  [/^(?:oz|lb|grams?)\b/, 7],
  [/^(?:fl oz|fluid ounce|quart|pint|gallon|liter|cubic inch)\b/, 6],
  [/\b(?:bunch|head|package|loaf|bag|cake|melon|block)\b/, 6],
  [/^tsp\b/, 5],
  [/\bpacket\b/, 4.5],
  [/^(?:tbsp|tablespoon)\b/, 4],
  [/^cup\b/, 3],
  [/\bmedium\b/, 0],
  [/\b(?:small|mini|miniature|jumbo)\b/, 1.5],
]

/** The table's measures, the one that a person most likely means first: a slice before a loaf, a spoon of oil before a cup of it. */
export function usualFirst(measures: readonly Measure[], caloriesPer100Grams: number): readonly Measure[] {
  const rank = ({ label, grams }: Measure): number => {
    const found = RANKS.find(([pattern]) => pattern.test(label))?.[1] ?? PIECE_RANK
    const calories = (grams * caloriesPer100Grams) / 100
    if (grams > PLAUSIBLE.maxGrams || calories > PLAUSIBLE.maxCalories) return found + TOO_MUCH
    return grams < PLAUSIBLE.minGrams && label !== 'clove' ? found + TOO_LITTLE : found
  }
  return measures.toSorted((a, b) => rank(a) - rank(b))
}
