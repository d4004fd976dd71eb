import { defineProjection } from '../domain.ts'
import { type DailyIntake, EMPTY_DAY, totalsOf, withMeal, withoutMeal } from './daily-intake.ts'
import { weekOf } from './dates.ts'
import { MealLogged } from './meal-logged.ts'
import { MealRemoved } from './meal-removed.ts'
import { averageOf, type NutrientTotals, sumOf } from './nutrients.ts'

export interface WeeklyIntake {
  /** The days on which something is logged, by date; each as `dailyIntake` has it. */
  readonly days: Readonly<Record<string, DailyIntake>>
}

/** What a person ate, one state a week; the key is its Monday, see `weekOf`. A day whose last meal was removed is as one on which nothing was logged. */
export const weeklyIntake = defineProjection('weeklyIntake', {
  version: 1,
  events: [MealLogged, MealRemoved],
  key: ({ data }) => weekOf(data.day),
  initial: (): WeeklyIntake => ({ days: {} }),
  evolve: {
    MealLogged: ({ days }, event) => {
      const { day } = event.data
      return { days: { ...days, [day]: withMeal(days[day] ?? EMPTY_DAY, event) } }
    },
    MealRemoved: (week, event) => {
      const { [event.data.day]: before, ...others } = week.days
      if (before === undefined) return week
      const after = withoutMeal(before, event)
      if (after === before) return week
      return { days: Object.keys(after.meals).length === 0 ? others : { ...others, [event.data.day]: after } }
    },
  },
})

/** The sum of a week: that of its days. */
export function weekTotals({ days }: WeeklyIntake): NutrientTotals {
  return sumOf(Object.values(days).map((day) => totalsOf(day)))
}

/** An average day, of those on which something is logged: what was eaten on the others nobody knows. Zeros where there are none. */
export function weekAverages(week: WeeklyIntake): NutrientTotals {
  return averageOf(weekTotals(week), Object.keys(week.days).length)
}
