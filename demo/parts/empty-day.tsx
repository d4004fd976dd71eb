import { dailyIntake, MealLogged, mealsOf } from '@larder/sdk/nutrition'
import { useLarder, useView } from '@larder/sdk/react'
import { addDays, type Day } from '../format/days.ts'
import { mealData } from '../meals/meal-draft.ts'
import { newMealId } from '../meals/new-meal-id.ts'
import { notify, notifyProblem } from '../state/notices.ts'
import { addHref } from '../state/route.ts'
import { Icon } from './icon.tsx'

/** A day without meals: what to do next, and a shortcut for those who eat the same every day. */
export function EmptyDay({ day, today }: { day: Day; today: Day }) {
  const larder = useLarder()
  const dayBefore = useView(dailyIntake, addDays(day, -1))
  const meals = dayBefore === undefined ? [] : mealsOf(dayBefore)
  const copy = async () => {
    try {
      const copies = meals.map((meal) => MealLogged({ ...mealData(meal), mealId: newMealId(), day }))
      await larder.append(copies)
      notify(copies.length === 1 ? 'Copied one meal' : `Copied ${copies.length} meals`)
    } catch (error) {
      notifyProblem('Nothing was copied', error)
    }
  }
  return (
    <section class="empty" aria-label="Nothing logged">
      <p class="empty-title">{day === today ? 'Nothing logged yet' : 'Nothing was logged'}</p>
      <p>Search a food or enter the calories: two taps. It is saved on this device at once, online or not.</p>
      <p class="empty-actions">
        <a class="button button-primary" href={addHref(undefined, day, today)}>
          <Icon name="plus" /> Add food
        </a>
        {meals.length === 0 ? null : (
          <button type="button" class="button" onClick={() => void copy()}>
            <Icon name="copy" /> Copy the day before
          </button>
        )}
      </p>
    </section>
  )
}
