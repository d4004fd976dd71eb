import type { Jobs } from '../page/jobs.ts'
import { openBenchLarder } from './open.ts'

/** Merges and seals everything, which Larder does by itself when it is idle, but for the newest events. */
export async function compactLog(): Promise<Jobs['compact']['answer']> {
  const larder = await openBenchLarder()
  const { merged, sealed } = await larder.compact()
  await larder.close()
  return { segments: merged + sealed }
}

/** Pages from the end of the log backward, then from its beginning forward; the first of all is the first thing that the store is asked for. */
export async function readPages({
  pages,
  limit,
}: Jobs['read-pages']['argument']): Promise<Jobs['read-pages']['answer']> {
  const larder = await openBenchLarder()
  const ms: number[] = []
  for (const direction of ['backward', 'forward'] as const) {
    let after: string | undefined
    for (let read = 0; read < pages; read++) {
      const start = performance.now()
      const page = await larder.events({ limit, direction, ...(after === undefined ? {} : { after }) })
      ms.push(performance.now() - start)
      if (page.events.length !== limit || page.next === undefined)
        throw new Error(`A page has ${page.events.length} events instead of ${limit}`)
      after = page.next
    }
  }
  await larder.close()
  const [firstMs] = ms
  if (firstMs === undefined) throw new Error('No page was read')
  return { firstMs, ms }
}
