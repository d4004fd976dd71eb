import type { Engine } from './engine.ts'
import type { Jobs } from './jobs.ts'
import { dayOf, EVENTS_PER_STREAM, mealAt, streamName, streamsOf } from './meals.ts'
import { DailyTotals, type Totals } from './totals.ts'

/** Opens the store, then folds all of it, from the first event. The clock starts when it is open. */
export async function replay(
  engine: Engine,
  { events, shape }: Jobs['replay']['argument'],
): Promise<Jobs['replay']['answer']> {
  const day = lastDayOf(events)
  await engine.forget?.()
  const store = await engine.open()
  const start = performance.now()
  const totals = await store.replay(day)
  const ms = performance.now() - start
  await store.close()
  assertTotals(totals, events, shape)
  return { ms, totals }
}

/** From nothing open to the first state of a view. A warm one needs a call before it, in another page. */
export async function firstState(
  engine: Engine,
  { events, shape, isCold }: Jobs['first-state']['argument'],
): Promise<Jobs['first-state']['answer']> {
  if (isCold) await engine.forget?.()
  const start = performance.now()
  const store = await engine.open()
  const totals = await store.firstState(lastDayOf(events))
  const ms = performance.now() - start
  await store.close()
  assertTotals(totals, events, shape)
  await engine.assertKept?.()
  return { ms }
}

/** Reads streams from all over the log, one after another. */
export async function readStreams(
  engine: Engine,
  { events, shape, reads }: Jobs['read-stream']['argument'],
): Promise<Jobs['read-stream']['answer']> {
  const store = await engine.open()
  const { readStream } = store
  if (readStream === undefined) throw new Error('This engine cannot read one stream')
  const streams = streamsOf(events)
  const ms: number[] = []
  for (let read = 0; read < reads; read++) {
    // Steps through them without coming twice to the same one.
    const number = (read * 7919) % streams
    const start = performance.now()
    const found = await readStream(streamName(number))
    ms.push(performance.now() - start)
    const expected = EVENTS_PER_STREAM
    if (found.length !== expected)
      throw new Error(`Stream ${streamName(number)} has ${found.length} events instead of ${expected} (${shape})`)
  }
  await store.close()
  return { ms }
}

export function lastDayOf(events: number): string {
  return dayOf(Math.max(0, events - 1))
}

/** @throws when the totals of the last day are not those of the events that fall on it */
function assertTotals(found: Totals, events: number, shape: Jobs['replay']['argument']['shape']): void {
  const day = lastDayOf(events)
  const expected = new DailyTotals()
  for (let index = events - 1; index >= 0 && dayOf(index) === day; index--)
    expected.add(mealAt(index, shape, events).data)
  const { meals, calories } = expected.of(day)
  if (found.meals !== meals || found.calories !== calories)
    throw new Error(`${day} has ${found.meals} meals of ${found.calories} kcal instead of ${meals} of ${calories}`)
}
