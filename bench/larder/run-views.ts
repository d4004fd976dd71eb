import { APPEND_PAUSE_MS, type Jobs } from '../page/jobs.ts'
import { mealAt, mealsFrom } from '../page/meals.ts'
import type { Totals } from '../page/totals.ts'
import { dailyTotals, slotTotals, userTotals } from './domain.ts'
import { when } from './observe.ts'
import { openBenchLarder, toLogged } from './open.ts'

const BATCH = 1000
const WARM_UP = 20

/** With a log of `events`: from the call of append to the new state on the page, and to the resolved append. */
export async function appendToView({
  events,
  samples,
}: Jobs['append-to-view']['argument']): Promise<Jobs['append-to-view']['answer']> {
  const larder = await openBenchLarder()
  for (let stored = 0; stored < events; stored += BATCH)
    await larder.append(mealsFrom(stored, BATCH, 'clustered', events).map(toLogged))
  const { data } = mealAt(0, 'clustered', events)
  let waiting: { readonly meals: number; readonly seen: (at: number) => void } | undefined
  let latest: Totals | undefined
  const subscription = larder.view(dailyTotals, data.day).subscribe((totals) => {
    latest = totals
    if (waiting !== undefined && totals.meals >= waiting.meals) waiting.seen(performance.now())
  })
  await when(larder.view(dailyTotals, data.day), () => true)
  const appendMs: number[] = []
  const viewMs: number[] = []
  for (let sample = 0; sample < WARM_UP + samples; sample++) {
    await new Promise((resolve) => setTimeout(resolve, APPEND_PAUSE_MS))
    const meals = (latest?.meals ?? 0) + 1
    const emitted = new Promise<number>((seen) => {
      waiting = { meals, seen }
    })
    const start = performance.now()
    const resolved = larder.append([toLogged(mealAt(0, 'clustered', events))]).then(() => performance.now())
    const [resolvedAt, emittedAt] = await Promise.all([resolved, emitted])
    if (latest?.meals !== meals) throw new Error(`The view shows ${latest?.meals} meals instead of ${meals}`)
    if (sample < WARM_UP) continue
    appendMs.push(resolvedAt - start)
    viewMs.push(emittedAt - start)
  }
  subscription.unsubscribe()
  await larder.close()
  return { appendMs, viewMs }
}

/** Opens a view on each of three projections, and keeps store and views open for as long as the page lives. */
export async function openViews({ events }: Jobs['open-views']['argument']): Promise<Jobs['open-views']['answer']> {
  const larder = await openBenchLarder()
  const ranges = [dailyTotals, slotTotals, userTotals].map((projection) =>
    larder.viewRange(projection, { from: '', to: '~' }),
  )
  let views = 0
  for (const range of ranges) {
    range.subscribe(() => undefined)
    const states = await when(range, () => true)
    const meals = [...states.values()].reduce((sum, totals) => sum + totals.meals, 0)
    if (meals !== events) throw new Error(`A view shows ${meals} meals instead of ${events}`)
    views++
  }
  return { views }
}
