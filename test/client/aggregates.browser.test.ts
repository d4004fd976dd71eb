import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { MOST_OPEN, taskDomain, tasks } from '../support/tasks.ts'

/** A tab on the store of this name, and every worker that was made for it. */
async function openTab(name: string) {
  const workers: Worker[] = []
  const larder = await openLarder({
    name,
    domain: taskDomain,
    worker: () => {
      const worker = new Worker(new URL('./tasks.worker.ts', import.meta.url), { type: 'module' })
      workers.push(worker)
      return worker
    },
  })
  return { larder, workers }
}

/** What lies in a table of the database of what can be folded again. */
function derived(name: string, table: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(`larder/${encodeURIComponent(name)}/derived`)
    open.onerror = () => reject(open.error)
    open.onsuccess = () => {
      const all = open.result.transaction(table).objectStore(table).getAll()
      all.onsuccess = () => {
        open.result.close()
        resolve(all.result)
      }
      all.onerror = () => reject(all.error)
    }
  })
}

const nameOf = (what: string) => `${what}-${crypto.randomUUID()}`

describe('aggregates in Chromium', () => {
  it('of two tabs keep their rules, and their snapshots give what the log gives', async () => {
    const name = nameOf('aggregates')
    const [one, two] = [await openTab(name), await openTab(name)]
    const given = Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? one : two).larder.execute(tasks, 'a').open({ title: `${n}`, task: `${n}` }),
    )
    const outcomes = await Promise.allSettled(given)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_OPEN)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(isLarderError(outcome.reason, 'refused')).toBe(true)
    await one.larder.execute(tasks, 'a').finishAll()
    const before = await two.larder.load(tasks, 'a')
    expect(before).toMatchObject({ version: 2 * MOST_OPEN, state: { open: {}, done: MOST_OPEN } })
    await one.larder.close()
    await two.larder.close()
    expect(await derived(name, 'snapshots')).toMatchObject([
      { aggregate: 'tasks', stream: 'tasks-a', streamVersion: 6 },
    ])
    const { larder } = await openTab(name)
    expect(await larder.load(tasks, 'a')).toEqual(before)
    await larder.close()
  })

  it.each([0, 1, 4, 16])('C03: a worker that is terminated after %i ms carries each command out once', async (ms) => {
    const { larder, workers } = await openTab(nameOf('death'))
    await larder.load(tasks, 'a')
    const lists = Array.from({ length: 10 }, (_, n) => ({ list: `${n}`, id: crypto.randomUUID() }))
    const execute = () =>
      Promise.allSettled(lists.map(({ list, id }) => larder.execute(tasks, list, { id }).open({ title: 'tea' })))
    const settled = execute()
    await new Promise((resolve) => setTimeout(resolve, ms))
    workers[0]?.terminate()
    await settled
    expect((await execute()).map(({ status }) => status)).toEqual(lists.map(() => 'fulfilled'))
    for (const { list, id } of lists) {
      const { events } = await larder.events({ stream: `tasks-${list}` })
      expect(events.map(({ commitId }) => commitId)).toEqual([id])
    }
    await larder.close()
  })
})
