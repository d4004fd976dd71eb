import type { Larder } from '../../src/index.ts'
import type { Jobs } from '../page/jobs.ts'
import { mealsFrom } from '../page/meals.ts'
import { when } from './observe.ts'
import { openBenchLarder, toLogged } from './open.ts'

/** Appends that wait at a time while the outbox is filled. */
const AT_ONCE = 1000

let larder: Larder | undefined

/** Fills the outbox while sync is paused. */
export async function drainPrepare({ commits, account }: Jobs['drain-prepare']['argument']): Promise<undefined> {
  larder = await openBenchLarder({ sync: { url: '/sync', auth: async () => `dev:${account}` } })
  await larder.sync.pause()
  for (let made = 0; made < commits; made += AT_ONCE) {
    const meals = mealsFrom(made, Math.min(AT_ONCE, commits - made), 'clustered', commits)
    await Promise.all(meals.map((meal) => opened().append(toLogged(meal))))
  }
  await when(larder.sync.status$, ({ pending }) => pending === commits)
}

/** From the end of the pause to an empty outbox. */
export async function drainRun(): Promise<Jobs['drain-run']['answer']> {
  const store = opened()
  const start = performance.now()
  const drained = when(store.sync.status$, ({ pending, state }) => pending === 0 && state !== 'paused')
  await store.sync.resume()
  await drained
  const ms = performance.now() - start
  await store.close()
  return { ms }
}

function opened(): Larder {
  if (larder === undefined) throw new Error('No store is open')
  return larder
}
