import { isLarderError, type Larder } from '../../src/index.ts'
import type { Jobs } from '../page/jobs.ts'
import { mealAt } from '../page/meals.ts'
import { openBenchLarder, toLogged } from './open.ts'
import { now } from './response-times.ts'

const STREAM = 'of-all-tabs'

let larder: Larder | undefined

function opened(): Larder {
  if (larder === undefined) throw new Error('No store is open in this tab')
  return larder
}

export async function tabOpen(): Promise<undefined> {
  larder = await openBenchLarder()
}

/** Appends to the one stream of all tabs: without an expectation all at once, with one each after the other, again until it holds. */
export async function tabAppend({
  appends,
  expectVersion,
}: Jobs['tab-append']['argument']): Promise<Jobs['tab-append']['answer']> {
  const store = opened()
  const event = () => toLogged({ ...mealAt(0, 'clustered', appends), stream: STREAM })
  const startedAt = now()
  let conflicts = 0
  if (expectVersion) {
    let version = 0
    for (let done = 0; done < appends; ) {
      try {
        await store.append(event(), { expectedVersion: version })
        version++
        done++
      } catch (error) {
        if (!isLarderError(error, 'concurrency')) throw error
        conflicts++
        version = error.details.actual
      }
    }
  } else {
    await Promise.all(Array.from({ length: appends }, () => store.append(event())))
  }
  return { startedAt, endedAt: now(), conflicts }
}

/** @throws when the stream does not hold `events` events at contiguous positions */
export async function tabCheck({ events }: Jobs['tab-check']['argument']): Promise<undefined> {
  const store = opened()
  let found = 0
  let after: string | undefined
  do {
    const page = await store.events({ stream: STREAM, limit: 1000, ...(after === undefined ? {} : { after }) })
    for (const { position } of page.events)
      if (position !== ++found) throw new Error(`Event ${found} of all tabs is at position ${position}`)
    after = page.next
  } while (after !== undefined)
  if (found !== events) throw new Error(`The stream of all tabs has ${found} events instead of ${events}`)
}
