import type { Larder } from '../../src/index.ts'
import type { Jobs } from '../page/jobs.ts'
import { mealAt, mealsFrom } from '../page/meals.ts'
import type { Totals } from '../page/totals.ts'
import { dailyTotals } from './domain.ts'
import { when } from './observe.ts'
import { openBenchLarder, toLogged } from './open.ts'
import { now, onResponse } from './response-times.ts'

/** A page of commits has at least so many UTF-16 units for each. */
const UNITS_PER_COMMIT = 300

let prepared: { readonly larder: Larder; readonly commits: number; readonly day: string } | undefined

/** Commits that the server has deferred, so that they stay pending, and a view on the day that they all are in. */
export async function rebasePrepare({ commits }: Jobs['rebase-prepare']['argument']): Promise<undefined> {
  const larder = await openBenchLarder({ sync: { url: '/deferring' } })
  const { day } = mealAt(0, 'clustered', commits).data
  const meals = mealsFrom(0, commits, 'clustered', commits).map((meal) => ({ ...meal, data: { ...meal.data, day } }))
  await Promise.all(meals.map((meal) => larder.append(toLogged(meal))))
  larder.view(dailyTotals, day).subscribe(() => undefined)
  await when(larder.view(dailyTotals, day), (totals) => totals.meals === commits)
  // Two exchanges bring the verdicts of all; what is deferred is not sent again.
  for (let exchanges = 0; exchanges < 4; exchanges++) await larder.sync.now()
  prepared = { larder, commits, day }
}

/** From the text of the response in the worker to the state, on the page, that holds both what was pulled and what waits on top of it. */
export async function rebaseRun({ pulled }: Jobs['rebase-run']['argument']): Promise<Jobs['rebase-run']['answer']> {
  if (prepared === undefined) throw new Error('Nothing is pending')
  const { larder, commits, day } = prepared
  const responded = onResponse(pulled * UNITS_PER_COMMIT)
  const emitted = when(larder.view(dailyTotals, day), (totals: Totals) => totals.meals === commits + pulled).then(now)
  await larder.sync.now()
  const ms = (await emitted) - (await responded)
  const { pending } = await when(larder.sync.status$, () => true)
  if (pending !== commits) throw new Error(`${pending} commits are pending instead of ${commits}`)
  await larder.close()
  return { ms }
}
