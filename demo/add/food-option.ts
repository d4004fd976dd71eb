import { displayName, fullName } from '../foods/display-name.ts'
import type { Food } from '../foods/food.ts'
import { amountText } from '../format/numbers.ts'
import { shortestUnit } from '../meals/portion-text.ts'
import { nutrientsOf, scalableFood, usualAmount } from '../meals/portions.ts'

export interface FoodOption {
  readonly food: Food
  readonly title: string
  readonly detail: string
  /** Of the usual portion. */
  readonly calories: number
  /** `1 large`, `100 g` */
  readonly portion: string
}

/** What one sees of a food in the results. */
export function foodOption(food: Food): FoodOption {
  const scalable = scalableFood(food, fullName(food.name))
  const { amount, unit } = usualAmount(scalable)
  const { calories } = nutrientsOf(scalable, amount * unit.grams)
  return { food, ...displayName(food.name), calories, portion: `${amountText(amount)} ${shortestUnit(unit.label)}` }
}
