import { expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { Noted, noted, notes } from '../support/notes.ts'

/** Two of them on one store are as two tabs: each has a worker and locks of its own. */
async function openTab(name: string): Promise<{ larder: Larder; workers: Worker[] }> {
  const workers: Worker[] = []
  const larder = await openLarder({
    name,
    domain: notes,
    worker: () => {
      const worker = new Worker(new URL('../client/notes.worker.ts', import.meta.url), { type: 'module' })
      workers.push(worker)
      return worker
    },
  })
  return { larder, workers }
}

const follow = (larder: Larder, where: string, seen: string[]) =>
  larder.handle(
    Noted,
    async ({ data, metadata }, context) => {
      if (metadata.causationId !== undefined) return
      await context.append(noted(`answer to ${data.text}`), { stream: 'answers' })
      seen.push(`${data.text} in ${where}`)
    },
    { name: 'coach' },
  )

it('a durable handler runs in one tab, and in the other when the worker of the first dies, or it closes', async () => {
  const name = `take-over-${crypto.randomUUID()}`
  const [a, b] = [await openTab(name), await openTab(name)]
  const seen: string[] = []
  await follow(a.larder, 'a', seen).ready
  await follow(b.larder, 'b', seen).ready
  await b.larder.append(noted('1'))
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['1 in a'])
  a.workers[0]?.terminate()
  await b.larder.append(noted('2'))
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['1 in a', '2 in b'])
  await b.larder.close()
  await a.larder.append(noted('3'))
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['1 in a', '2 in b', '3 in a'])
  const { events } = await a.larder.events({ stream: 'answers', types: [Noted] })
  expect(events.map(({ data }) => data.text)).toEqual(['answer to 1', 'answer to 2', 'answer to 3'])
  await a.larder.close()
})
