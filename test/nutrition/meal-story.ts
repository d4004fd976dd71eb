import fc from 'fast-check'
import { addDays } from '../../src/nutrition/index.ts'
import { logged, removed, toast } from './happened.ts'

const step = fc.record({
  mealId: fc.constantFrom('a', 'b', 'c', 'constructor'),
  day: fc.integer({ min: -3, max: 10 }).map((days) => addDays(toast.day, days)),
  calories: fc.option(fc.nat(300_000).map((hundredths) => hundredths / 100)),
})

/** Meals that are logged, logged again, and removed, known or not, on days around the first week of the tests. */
export const anyMealStory = fc
  .array(step, { maxLength: 30 })
  .map((steps) =>
    steps.map(({ mealId, day, calories }) =>
      calories === null ? removed(mealId, day) : logged({ mealId, day, calories }),
    ),
  )
