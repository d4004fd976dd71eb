/** `calories` in kcal, the others in grams. */
export interface NutrientTotals {
  readonly calories: number
  readonly protein: number
  readonly carbs: number
  readonly fat: number
  readonly fibre: number
}

/** The sum, to a hundredth, so that 0.1 + 0.2 is 0.3 and the order does not show. */
export function sumOf(parts: Iterable<NutrientTotals>): NutrientTotals {
  const sum = { calories: 0, protein: 0, carbs: 0, fat: 0, fibre: 0 }
  for (const { calories, protein, carbs, fat, fibre } of parts) {
    sum.calories += calories
    sum.protein += protein
    sum.carbs += carbs
    sum.fat += fat
    sum.fibre += fibre
  }
  return rounded(sum)
}

/** A day's share of what `days` days sum up to, to a hundredth; zeros where there are none. */
export function averageOf(total: NutrientTotals, days: number): NutrientTotals {
  const share = (value: number) => (days === 0 ? 0 : value / days)
  const { calories, protein, carbs, fat, fibre } = total
  return rounded({
    calories: share(calories),
    protein: share(protein),
    carbs: share(carbs),
    fat: share(fat),
    fibre: share(fibre),
  })
}

function rounded({ calories, protein, carbs, fat, fibre }: NutrientTotals): NutrientTotals {
  return {
    calories: toHundredth(calories),
    protein: toHundredth(protein),
    carbs: toHundredth(carbs),
    fat: toHundredth(fat),
    fibre: toHundredth(fibre),
  }
}

function toHundredth(value: number): number {
  return Math.round(value * 100) / 100
}
