import { defineDomain, retireEvent } from '../../../src/domain.ts'
import { GoalSet, intake, MealLogged, NoteAdded, notes } from './split.ts'

export { GoalSet, intake, MealLogged, NoteAdded, notes } from './split.ts'

/** The fourth release: nobody asks any more which reminders were shown. */
export const today = defineDomain({
  version: '4',
  events: [MealLogged, NoteAdded, GoalSet],
  retired: [retireEvent('ReminderShown')],
  projections: [intake, notes],
})
