import { dailyIntake, goals, totalsOf } from '@larder/sdk/nutrition'
import { useView } from '@larder/sdk/react'
import type { Day } from '../format/days.ts'
import { kcal, whole } from '../format/numbers.ts'

/** What a meal leaves of the day's calories; `replaced` is what it had before, where it is changed. */
export function BudgetNote({ day, calories, replaced = 0 }: { day: Day; calories: number; replaced?: number }) {
  const intake = useView(dailyIntake, day)
  const goal = useView(goals)?.latest.calories?.targetValue
  if (intake === undefined || goal === undefined) return null
  const left = Math.round(goal - totalsOf(intake).calories + replaced - calories)
  return (
    <p class="budget">
      {left >= 0 ? `Leaves ${kcal(left)} of ${whole(goal)}` : `${kcal(-left)} over the goal of ${whole(goal)}`}
    </p>
  )
}
