import type { Engine } from './engine.ts'
import type { AppendAnswer, AppendJob, Jobs } from './jobs.ts'
import { mealsFrom } from './meals.ts'
import { assertTally, expectedTally, Tally } from './tally.ts'

const WARM_UP_MS = 1000

/** Appends batch by batch, each awaited; the events are made between, off the clock. */
export async function appendBatches(engine: Engine, job: AppendJob): Promise<AppendAnswer> {
  const { batch, shape } = job
  const store = await engine.open()
  let stored = 0
  const append = async (): Promise<number> => {
    const events = mealsFrom(stored, batch, shape, job.events)
    stored += batch
    const start = performance.now()
    await store.append(events)
    return performance.now() - start
  }
  let warmMs = 0
  while (stored < job.warmUp && warmMs < WARM_UP_MS) warmMs += await append()
  const rate = stored === 0 ? Number.POSITIVE_INFINITY : (stored / warmMs) * 1000
  const warm = stored
  // There has to be something to time.
  const few = Math.max(job.slow.events, warm + batch)
  const wanted = rate < job.slow.rate ? Math.min(job.events, few) : job.events
  let ms = 0
  while (stored < wanted) ms += await append()
  await store.close()
  await verify(engine, stored, job)
  return { stored, events: stored - warm, ms }
}

/** One event at a time, each awaited. */
export async function appendOne(
  engine: Engine,
  { warmUp, samples, pauseMs = 0 }: Jobs['append-one']['argument'],
): Promise<{ ms: number[] }> {
  const events = warmUp + samples
  const meals = mealsFrom(0, events, 'clustered', events)
  const store = await engine.open()
  const ms: number[] = []
  for (const meal of meals) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    const start = performance.now()
    await store.append([meal])
    ms.push(performance.now() - start)
  }
  await store.close()
  await verify(engine, events, { shape: 'clustered', events })
  return { ms: ms.slice(warmUp) }
}

/** One event at a time, none awaited before the last is asked for. */
export async function appendConcurrent(
  engine: Engine,
  { appends }: Jobs['append-concurrent']['argument'],
): Promise<{ ms: number }> {
  const meals = mealsFrom(0, appends, 'clustered', appends)
  const store = await engine.open()
  const start = performance.now()
  await Promise.all(meals.map((meal) => store.append([meal])))
  const ms = performance.now() - start
  await store.close()
  await verify(engine, appends, { shape: 'clustered', events: appends })
  return { ms }
}

/** Opens the store again and compares all that it holds with what was appended. */
async function verify(
  engine: Engine,
  stored: number,
  { shape, events }: Pick<AppendJob, 'shape' | 'events'>,
): Promise<void> {
  const store = await engine.open()
  const found = new Tally()
  await store.readAll((meal) => found.add(meal))
  await store.close()
  assertTally(found, expectedTally(stored, shape, events))
}
