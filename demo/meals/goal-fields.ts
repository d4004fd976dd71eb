import type { Goals, GoalType } from '@larder/sdk/nutrition'

export type GoalFieldName = Extract<GoalType, 'calories' | 'protein' | 'carbs' | 'fat' | 'fibre'>
export type GoalTexts = Readonly<Partial<Record<GoalFieldName, string>>>

export interface GoalFieldInfo {
  readonly field: GoalFieldName
  readonly title: string
  readonly unit: string
}

export const goalFields: readonly GoalFieldInfo[] = [
  { field: 'calories', title: 'Calories', unit: 'kcal' },
  { field: 'protein', title: 'Protein', unit: 'g' },
  { field: 'carbs', title: 'Carbs', unit: 'g' },
  { field: 'fat', title: 'Fat', unit: 'g' },
  { field: 'fibre', title: 'Fibre', unit: 'g' },
]

/** kcal in a gram. Fibre is part of the carbohydrates in the table, so it is not counted twice. */
const KCAL_PER_GRAM = { protein: 4, carbs: 4, fat: 9 } as const

export interface Split {
  readonly title: string
  /** Shares of the calories; they add up to 1. */
  readonly shares: Readonly<Record<keyof typeof KCAL_PER_GRAM, number>>
}

export const splits: readonly Split[] = [
  { title: 'Balanced', shares: { protein: 0.25, carbs: 0.45, fat: 0.3 } },
  { title: 'High protein', shares: { protein: 0.4, carbs: 0.3, fat: 0.3 } },
  { title: 'Low carb', shares: { protein: 0.35, carbs: 0.15, fat: 0.5 } },
]

/** Grams for a number of calories; fibre at the usual 14 g for every 1,000 kcal. */
export function macrosFor(calories: number, { shares }: Split): Required<Omit<GoalTexts, 'calories'>> {
  const gramsOf = (macro: keyof typeof KCAL_PER_GRAM) =>
    String(Math.round((calories * shares[macro]) / KCAL_PER_GRAM[macro]))
  return {
    protein: gramsOf('protein'),
    carbs: gramsOf('carbs'),
    fat: gramsOf('fat'),
    fibre: String(Math.round((calories * 14) / 1000)),
  }
}

/** What the macros come to, in kcal; undefined while one of the three is missing. */
export function caloriesOf(grams: Readonly<Partial<Record<GoalFieldName, number>>>): number | undefined {
  const { protein, carbs, fat } = grams
  if (protein === undefined || carbs === undefined || fat === undefined) return undefined
  return protein * KCAL_PER_GRAM.protein + carbs * KCAL_PER_GRAM.carbs + fat * KCAL_PER_GRAM.fat
}

/** The goals as one would type them. */
export function textsOf(latest: Goals['latest']): GoalTexts {
  const texts: Partial<Record<GoalFieldName, string>> = {}
  for (const { field } of goalFields) {
    const goal = latest[field]
    if (goal !== undefined) texts[field] = String(goal.targetValue)
  }
  return texts
}
