import type { NutrientTotals } from '@larder/sdk/nutrition'
import type { Food } from '../foods/food.ts'
import type { MealData } from './meal-draft.ts'

/** What one can weigh or count a food in. */
export interface Unit {
  readonly label: string
  /** What one of it weighs. */
  readonly grams: number
}

/** A food that can be had in any amount. */
export interface Scalable {
  readonly name: string
  readonly foodId: string | undefined
  /** `calories` in kcal, the others in grams. */
  readonly per100Grams: NutrientTotals
  /** Household measures first, as people use them; grams and ounces always. */
  readonly units: readonly Unit[]
  /** What one usually counts it in. */
  readonly usual: Unit
}

export interface Amount {
  readonly amount: number
  readonly unit: Unit
}

const GRAM: Unit = { label: 'g', grams: 1 }
const OUNCE: Unit = { label: 'oz', grams: 28.35 }
const WEIGHTS: readonly Unit[] = [GRAM, OUNCE]

export function scalableFood(food: Food, name: string): Scalable {
  const { calories, protein, carbs, fat, fibre } = food
  const measures = food.measures.filter(({ label }) => !WEIGHTS.some((weight) => weight.label === label))
  return {
    name,
    foodId: food.id,
    per100Grams: { calories, protein, carbs, fat, fibre },
    units: [...measures, ...WEIGHTS],
    usual: usualUnit(food),
  }
}

/** A food's measures come with the usual one first. */
function usualUnit({ measures: [first] }: Food): Unit {
  return first?.label === OUNCE.label ? OUNCE : (first ?? GRAM)
}

/**
 * A meal that was logged by weight, had again in another amount: by its food if the table has it, which is exact and brings its measures, else
 * by its own numbers. Undefined for a meal without a weight.
 */
export function scalableMeal(
  meal: Pick<MealData, 'name' | 'portion' | 'foodId' | keyof NutrientTotals>,
  food: Food | undefined,
): Scalable | undefined {
  const { portion } = meal
  if (portion === undefined) return undefined
  const measured: Unit = { label: portion.unit, grams: portion.grams / portion.amount }
  const base = food === undefined ? scaledFromMeal(meal, portion.grams) : scalableFood(food, meal.name)
  const isKnown = base.units.some(({ label }) => label === measured.label)
  return { ...base, usual: measured, units: isKnown ? base.units : [measured, ...base.units] }
}

function scaledFromMeal(meal: Pick<MealData, 'name' | 'foodId' | keyof NutrientTotals>, grams: number): Scalable {
  const per100 = (value: number) => (value * 100) / grams
  return {
    name: meal.name,
    foodId: meal.foodId,
    per100Grams: {
      calories: per100(meal.calories),
      protein: per100(meal.protein),
      carbs: per100(meal.carbs),
      fat: per100(meal.fat),
      fibre: per100(meal.fibre),
    },
    units: WEIGHTS,
    usual: GRAM,
  }
}

/** One of what it is counted in, or 100 g. */
export function usualAmount({ usual }: Scalable): Amount {
  return { amount: usual.label === GRAM.label ? 100 : 1, unit: usual }
}

export function amountOf(portion: NonNullable<MealData['portion']>, { units }: Scalable): Amount {
  const unit = units.find(({ label }) => label === portion.unit) ?? GRAM
  return { amount: unit.label === portion.unit ? portion.amount : portion.grams, unit }
}

/** Another unit: weights stay what they weigh, a measure starts at one. */
export function changeUnit(before: Amount, unit: Unit): Amount {
  if (!WEIGHTS.includes(unit)) return { amount: 1, unit }
  const weight = (before.amount * before.unit.grams) / unit.grams
  return { amount: unit === GRAM ? Math.round(weight) : Math.round(weight * 10) / 10, unit }
}

/** What one press on more or less changes. */
export function stepOf(unit: Unit): number {
  return unit === GRAM || unit.label === 'g' ? 10 : 0.5
}

/** Whole kcal, so that the rows of a day add up to its total; grams to a hundredth. */
export function nutrientsOf({ per100Grams }: Scalable, grams: number): NutrientTotals {
  const scaled = (value: number) => Math.round(value * grams) / 100
  return {
    calories: Math.round((per100Grams.calories * grams) / 100),
    protein: scaled(per100Grams.protein),
    carbs: scaled(per100Grams.carbs),
    fat: scaled(per100Grams.fat),
    fibre: scaled(per100Grams.fibre),
  }
}
