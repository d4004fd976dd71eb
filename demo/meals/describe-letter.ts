import type { DeadLetter } from '@larder/sdk'
import { MealLogged, MealRemoved } from '@larder/sdk/nutrition'
import { dayInShort } from '../format/days.ts'
import { kcal } from '../format/numbers.ts'
import { type MealData, readMeal, readRemoval } from './meal-draft.ts'
import { slotTitle } from './slots.ts'

export interface LetterWords {
  readonly title: string
  readonly detail: string | undefined
  /** The meal, if one meal, logged, changed or moved, is all that was refused: it can be corrected in a form. */
  readonly meal: MealData | undefined
}

/**
 * Whether it can be sent again, as it is or corrected. What was to replace something that the server had taken already cannot: it would stand there
 * twice. It can only be given up.
 */
export function canBeResent({ code }: DeadLetter): boolean {
  return code !== 'already-accepted'
}

/** Whether it is one meal that a person can correct and send again. */
export function canBeFixed(letter: DeadLetter): boolean {
  return canBeResent(letter) && onlyMealOf(letter) !== undefined
}

/** What was refused, as the person who logged it would name it. */
export function describeLetter(letter: DeadLetter): LetterWords {
  const [first] = letter.events
  if (first === undefined) return { title: 'A change without content', detail: undefined, meal: undefined }
  const only = onlyMealOf(letter)
  const more = only === undefined ? letter.events.length - 1 : 0
  const meal = only ?? readMeal(first)
  if (meal === undefined) {
    return { title: titleOf(first.type), detail: more > 0 ? `and ${more} more` : undefined, meal: undefined }
  }
  const detail = `${slotTitle(meal.slot)}, ${dayInShort(meal.day)}`
  return {
    title: `${meal.name}, ${kcal(meal.calories)}`,
    detail: more > 0 ? `${detail}, and ${more} more` : detail,
    meal: only,
  }
}

/**
 * What to send in place of a refused meal. It is taken from every other day that the letter speaks of: the same meal may stand there from
 * before, and would count twice.
 */
export function fixedMeal(letter: DeadLetter, fixed: MealData) {
  const days = letter.events.flatMap((event) => (readMeal(event) ?? readRemoval(event))?.day ?? [])
  const others = [...new Set(days)].filter((day) => day !== fixed.day)
  const { userId, mealId } = fixed
  return [...others.map((day) => MealRemoved({ userId, mealId, day })), MealLogged(fixed)]
}

/** Moving a meal to another day is two events of one meal. */
function onlyMealOf({ events }: DeadLetter): MealData | undefined {
  const [meal, second] = events.flatMap((event) => readMeal(event) ?? [])
  if (meal === undefined || second !== undefined) return undefined
  const isAboutIt = events.every((event) => (readMeal(event) ?? readRemoval(event))?.mealId === meal.mealId)
  return isAboutIt ? meal : undefined
}

/** `NutritionGoalSet` → `Nutrition goal set` */
function titleOf(type: string): string {
  const words = type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
