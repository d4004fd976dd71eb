import type { Food } from '../foods/food.ts'
import type { MealDraft } from '../meals/meal-draft.ts'
import { amountOf, scalableMeal } from '../meals/portions.ts'
import { CaloriesForm } from './calories-form.tsx'
import type { MealFormOptions } from './meal-form-frame.tsx'
import { PortionForm } from './portion-form.tsx'

export interface MealFormProps extends MealFormOptions {
  /** What to start from: a meal that was logged before. */
  readonly meal: Omit<MealDraft, 'day' | 'slot'>
  /** Its food, if the table has it: brings the other measures. */
  readonly food: Food | undefined
  readonly replaced?: number
}

/** Changes a meal: by its amount if it was logged by weight, else by its numbers. */
export function MealForm({ meal, food, ...options }: MealFormProps) {
  const scalable = scalableMeal(meal, food)
  if (scalable === undefined || meal.portion === undefined) return <CaloriesForm {...options} start={meal} />
  return <PortionForm {...options} food={scalable} start={amountOf(meal.portion, scalable)} />
}
