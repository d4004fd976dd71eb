import type { Larder } from '@larder/sdk'
import { type Meal, MealLogged, MealRemoved } from '@larder/sdk/nutrition'
import { useLarder } from '@larder/sdk/react'
import { useMemo } from 'preact/hooks'
import { kcal } from '../format/numbers.ts'
import { notify, notifyProblem } from '../state/notices.ts'
import { account } from '../store.ts'
import { type MealData, type MealDraft, mealData } from './meal-draft.ts'
import { newMealId } from './new-meal-id.ts'

/**
 * What a person does with meals. Each is one append, so it is stored when the promise resolves; each can be taken back, because the same
 * `mealId` logged again replaces the meal.
 */
export interface MealActions {
  /** Answers the meal's id. Rejects when it could not be stored, so that the form can stay open. */
  readonly log: (draft: MealDraft) => Promise<string>
  /** Rejects as `log` does. */
  readonly edit: (meal: Meal, draft: MealDraft) => Promise<void>
  /** Says itself when it fails: there is no form to come back to. */
  readonly remove: (meal: Meal) => Promise<void>
}

export function useMealActions(): MealActions {
  const larder = useLarder()
  return useMemo(() => mealActions(larder), [larder])
}

function mealActions(larder: Larder): MealActions {
  const removed = ({ mealId, day }: Pick<MealData, 'mealId' | 'day'>) => MealRemoved({ userId: account, mealId, day })

  const replace = (before: MealData, after: MealData) =>
    larder.append(before.day === after.day ? MealLogged(after) : [removed(before), MealLogged(after)])

  const undo = (what: () => Promise<unknown>, said: string) => ({
    label: 'Undo',
    run: () => {
      what().then(
        () => notify(said),
        (error: unknown) => notifyProblem('Not taken back', error),
      )
    },
  })

  return {
    async log(draft) {
      const meal: MealData = { ...draft, userId: account, mealId: newMealId() }
      await larder.append(MealLogged(meal))
      notify(`Logged ${meal.name}, ${kcal(meal.calories)}`, {
        action: undo(() => larder.append(removed(meal)), `Took back ${meal.name}`),
      })
      return meal.mealId
    },
    async edit(meal, draft) {
      const before = mealData(meal)
      const after: MealData = { ...draft, userId: account, mealId: meal.mealId }
      await replace(before, after)
      notify(`Changed ${after.name}, ${kcal(after.calories)}`, {
        action: undo(() => replace(after, before), `${before.name} is as it was`),
      })
    },
    async remove(meal) {
      try {
        await larder.append(removed(meal))
        notify(`Removed ${meal.name}`, {
          action: undo(() => larder.append(MealLogged(mealData(meal))), `${meal.name} is back`),
        })
      } catch (error) {
        notifyProblem(`${meal.name} was not removed`, error)
      }
    },
  }
}
