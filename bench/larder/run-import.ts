import type { Jobs } from '../page/jobs.ts'
import { mealAt } from '../page/meals.ts'
import { dailyTotals } from './domain.ts'
import { when } from './observe.ts'
import { openBenchLarder, toLogged } from './open.ts'

/** Imports events while a view is open, and watches for tasks that would make the page stutter. */
export async function importWithView({
  events,
}: Jobs['import-with-view']['argument']): Promise<Jobs['import-with-view']['answer']> {
  const larder = await openBenchLarder()
  const everyDay = larder.viewRange(dailyTotals, { from: '', to: '~' })
  let meals = 0
  const subscription = everyDay.subscribe((states) => {
    meals = 0
    for (const totals of states.values()) meals += totals.meals
  })
  await when(everyDay, () => true)
  const tasks: number[] = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  observer.observe({ type: 'longtask' })
  const start = performance.now()
  await larder.appendAll(loggedMeals(events))
  const ms = performance.now() - start
  // The last emission comes at most 16 ms later, and the observer tells of a task after it.
  while (meals < events) await new Promise((resolve) => setTimeout(resolve, 20))
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const { duration } of observer.takeRecords()) tasks.push(duration)
  observer.disconnect()
  subscription.unsubscribe()
  await larder.close()
  if (meals !== events) throw new Error(`The view shows ${meals} meals instead of ${events}`)
  return { longestMs: Math.max(0, ...tasks), long: tasks.length, ms }
}

function* loggedMeals(events: number) {
  for (let index = 0; index < events; index++) yield toLogged(mealAt(index, 'clustered', events))
}
