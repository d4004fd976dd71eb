import { defineAggregate, defineDomain, type EventOf, retireEvent } from '../../../src/domain.ts'
import { GoalSet, intake, MealLogged, NoteAdded, notes } from './split.ts'

export { GoalSet, intake, MealLogged, NoteAdded, notes } from './split.ts'

/** Of a meal, of a number and of what was said of it: made of the same events since the third release. */
const ofMeal = { stream: (id: string) => `meal-${id}`, commands: {}, snapshot: { every: 2, version: 1 } } as const
export const portion = defineAggregate('portion', {
  ...{ ...ofMeal, events: [MealLogged] },
  initial: () => 0,
  evolve: { MealLogged: (_, { data }) => data.calories },
})
export const remarks = defineAggregate('remarks', {
  ...{ ...ofMeal, events: [NoteAdded] },
  initial: (): readonly string[] => [],
  evolve: { NoteAdded: (texts, { data }) => [...texts, data.text] },
})

/** The fourth release: nobody asks any more which reminders were shown. */
export const today = defineDomain({
  version: '4',
  events: [MealLogged, NoteAdded, GoalSet],
  retired: [retireEvent('ReminderShown')],
  projections: [intake, notes],
  aggregates: [portion, remarks],
})

/** Durable handlers, by what they ask for. */
export class NoteKeeper {
  readonly eventTypes = [NoteAdded] as const
  readonly kept: string[] = []
  handle({ data }: EventOf<typeof NoteAdded>): void {
    this.kept.push(`${data.mealId}: ${data.text}`)
  }
}
export class MealKeeper {
  readonly eventTypes = [MealLogged] as const
  readonly kept: string[] = []
  handle({ data }: EventOf<typeof MealLogged>): void {
    this.kept.push(`${data.mealId}: ${data.calories}`)
  }
}
