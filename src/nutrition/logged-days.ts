import { defineProjection } from '../domain.ts'
import { addDays } from './dates.ts'
import { MealLogged } from './meal-logged.ts'
import { MealRemoved } from './meal-removed.ts'

/** The days on which a person logged something, with the ids of the meals: by them a meal that is removed twice is taken off once. */
export interface LoggedDays {
  /** By month, such as `2026-11`, then by day, such as `2026-11-23`. Only days that have meals, and months that have days. */
  readonly months: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface Streak {
  /** Days in a row up to today; up to yesterday while nothing is logged today. */
  readonly current: number
  /** The most days in a row ever. */
  readonly longest: number
  /** Days with something logged. */
  readonly days: number
}

/** How regularly a person logs; {@link streakOf} says what of it is asked for. */
export const loggedDays = defineProjection('loggedDays', {
  version: 1,
  events: [MealLogged, MealRemoved],
  initial: (): LoggedDays => ({ months: {} }),
  evolve: {
    MealLogged: (state, { data: { day, mealId } }) => {
      const meals = mealsOn(state, day)
      return meals.includes(mealId) ? state : withDay(state, day, [...meals, mealId])
    },
    MealRemoved: (state, { data: { day, mealId } }) => {
      const meals = mealsOn(state, day)
      if (!meals.includes(mealId)) return state
      return withDay(
        state,
        day,
        meals.filter((each) => each !== mealId),
      )
    },
  },
})

/**
 * @param today the date where the person is: nobody else knows when their day ends. Later days do not count yet
 * @throws LarderError `argument` when `today` is not a day such as `2026-11-23`
 */
export function streakOf(state: LoggedDays, today: string): Streak {
  const yesterday = addDays(today, -1)
  const days = Object.values(state.months)
    .flatMap((month) => Object.keys(month))
    .filter((day) => day <= today)
    .toSorted()
  let [length, longest, last] = [0, 0, '']
  for (const day of days) {
    length = last !== '' && addDays(last, 1) === day ? length + 1 : 1
    longest = Math.max(longest, length)
    last = day
  }
  return { current: last === today || last === yesterday ? length : 0, longest, days: days.length }
}

function mealsOn({ months }: LoggedDays, day: string): readonly string[] {
  return months[monthOf(day)]?.[day] ?? []
}

/** Only the month that changes is written anew. */
function withDay({ months }: LoggedDays, day: string, meals: readonly string[]): LoggedDays {
  const month = monthOf(day)
  const { [day]: _before, ...others } = months[month] ?? {}
  const days = meals.length === 0 ? others : { ...others, [day]: meals }
  const { [month]: _old, ...rest } = months
  return { months: Object.keys(days).length === 0 ? rest : { ...rest, [month]: days } }
}

function monthOf(day: string): string {
  return day.slice(0, '2026-11'.length)
}
