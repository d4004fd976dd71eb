import { defineDomain, defineProjection } from '../../src/domain.ts'
import { MealLogged } from '../../src/nutrition/index.ts'
import { addMeal, NO_TOTALS } from '../page/totals.ts'

/** What was eaten on a day. */
export const dailyTotals = defineProjection('dailyTotals', {
  version: 1,
  events: [MealLogged],
  key: ({ data }) => data.day,
  initial: () => NO_TOTALS,
  evolve: { MealLogged: (totals, { data }) => addMeal(totals, data) },
})

/** The same by meal of the day, and by person. */
export const slotTotals = defineProjection('slotTotals', {
  version: 1,
  events: [MealLogged],
  key: ({ data }) => data.slot,
  initial: () => NO_TOTALS,
  evolve: { MealLogged: (totals, { data }) => addMeal(totals, data) },
})

export const userTotals = defineProjection('userTotals', {
  version: 1,
  events: [MealLogged],
  key: ({ data }) => data.userId,
  initial: () => NO_TOTALS,
  evolve: { MealLogged: (totals, { data }) => addMeal(totals, data) },
})

export const benchDomain = defineDomain({
  version: '1',
  events: [MealLogged],
  projections: [dailyTotals, slotTotals, userTotals],
})
