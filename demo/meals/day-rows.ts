import type { CommitFate, DeadLetter } from '@larder/sdk'
import { type DailyIntake, type Meal, type MealSlot, mealsOf } from '@larder/sdk/nutrition'
import type { Day } from '../format/days.ts'
import { readMeal } from './meal-draft.ts'

/** How a meal stands with the server. */
export type RowState = 'confirmed' | 'pending' | 'held' | 'refused'

/** A meal as the day lists it. One that was refused keeps its place, and counts nowhere. */
export interface DayRow {
  readonly meal: Meal
  readonly state: RowState
  /** Of one that was refused: why. It comes a moment after the refusal. */
  readonly letter: DeadLetter | undefined
}

export interface DayRows {
  /** By `mealId`. */
  readonly rows: ReadonlyMap<string, DayRow>
  readonly fates: ReadonlyMap<string, CommitFate>
}

export interface KnownOfDay {
  readonly day: Day
  readonly intake: DailyIntake
  readonly fates: ReadonlyMap<string, CommitFate>
  readonly letters: readonly DeadLetter[]
}

/**
 * What the day lists. What sync changes by itself changes under a finger, so a meal that is refused stays where it was until the person deals with it.
 * The day's meals, what is pending and what was refused are told one after the other: a meal that was there `before` and waited for the server is
 * not taken away until all three have been heard.
 */
export function dayRows({ day, intake, fates, letters }: KnownOfDay, before: DayRows | undefined): DayRows {
  const rows = new Map<string, DayRow>()
  for (const meal of Object.values(intake.meals)) {
    rows.set(meal.mealId, { meal, state: stateOf(fates.get(meal.eventId)), letter: undefined })
  }
  for (const { letter, meal } of refusedMeals(letters, day)) {
    const known = rows.get(meal.mealId)
    // Only a change of it was refused.
    if (known !== undefined && known.state !== 'refused') continue
    const was = known ?? before?.rows.get(meal.mealId)
    // One that the person has removed meanwhile does not come back by itself; it waits among what needs attention.
    if (before !== undefined && was === undefined) continue
    const loggedAt = was?.meal.loggedAt ?? meal.loggedAt
    rows.set(meal.mealId, { meal: { ...meal, loggedAt }, state: 'refused', letter })
  }
  for (const [id, row] of before?.rows ?? []) {
    const fate = fates.get(row.meal.eventId)
    if (rows.has(id) || fate === undefined) continue
    if (fate.state !== 'pending') rows.set(id, { ...row, state: stateOf(fate) })
    else if (fates === before?.fates) rows.set(id, row)
  }
  return { rows, fates }
}

/** The rows of one meal of the day, in the order in which they were first logged. */
export function rowsOf({ rows }: DayRows, slot: MealSlot): readonly DayRow[] {
  const meals = Object.fromEntries(Array.from(rows, ([id, { meal }]) => [id, meal]))
  return mealsOf({ meals }, slot).flatMap(({ mealId }) => rows.get(mealId) ?? [])
}

function stateOf(fate: CommitFate | undefined): RowState {
  if (fate === undefined) return 'confirmed'
  return fate.state === 'rejected' ? 'refused' : fate.state
}

function refusedMeals(letters: readonly DeadLetter[], day: Day): { letter: DeadLetter; meal: Meal }[] {
  return letters
    .filter(({ kind }) => kind === 'commit')
    .flatMap((letter) =>
      letter.events.flatMap((event) => {
        const data = readMeal(event)
        return data?.day === day ? { letter, meal: { ...data, eventId: event.id, loggedAt: event.time } } : []
      }),
    )
}
