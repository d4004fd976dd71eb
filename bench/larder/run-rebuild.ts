import type { Jobs } from '../page/jobs.ts'
import { dailyTotals } from './domain.ts'
import { when } from './observe.ts'
import { openBenchLarder } from './open.ts'

const PING_EVERY_MS = 5

/** Folds one projection anew beside the states that a view shows, and asks the worker for something small all the while. */
export async function rebuildWithView({ events }: Jobs['rebuild']['argument']): Promise<Jobs['rebuild']['answer']> {
  const larder = await openBenchLarder()
  const everyDay = larder.viewRange(dailyTotals, { from: '', to: '~' })
  let meals = 0
  let backward = 0
  const subscription = everyDay.subscribe((states) => {
    let shown = 0
    for (const totals of states.values()) shown += totals.meals
    if (shown < meals) backward++
    meals = shown
  })
  await when(everyDay, () => true)
  const tasks: number[] = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  observer.observe({ type: 'longtask' })
  const calls: number[] = []
  let isRunning = true
  const asking = (async () => {
    while (isRunning) {
      const start = performance.now()
      await larder.metrics()
      calls.push(performance.now() - start)
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS))
    }
  })()
  const start = performance.now()
  await larder.rebuild(dailyTotals)
  const ms = performance.now() - start
  isRunning = false
  await asking
  // The swapped states come at most 16 ms later, and the observer tells of a task after it.
  await new Promise((resolve) => setTimeout(resolve, 150))
  for (const { duration } of observer.takeRecords()) tasks.push(duration)
  observer.disconnect()
  subscription.unsubscribe()
  await larder.close()
  if (meals !== events) throw new Error(`The view shows ${meals} meals instead of ${events}`)
  return { ms, callMs: calls, longestMs: Math.max(0, ...tasks), backward }
}
