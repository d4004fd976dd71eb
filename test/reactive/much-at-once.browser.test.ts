import { expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { Noted, noted, notes } from '../support/notes.ts'

const open = (): Promise<Larder> =>
  openLarder({
    name: `much-${crypto.randomUUID()}`,
    domain: notes,
    worker: () => new Worker(new URL('../client/notes.worker.ts', import.meta.url), { type: 'module' }),
  })

it('very many events go in through a worker, into a file, out of it into another store, and are read one by one', async () => {
  const source = await open()
  async function* many() {
    for (let n = 0; n < 3000; n++) yield noted(String(n))
  }
  expect(await source.appendAll(many())).toMatchObject({ events: 3000, commits: 6 })
  const zipped = await new Response(source.backup.export().pipeThrough(new CompressionStream('gzip'))).blob()
  const file = () => zipped.stream().pipeThrough(new DecompressionStream('gzip'))
  const target = await open()
  expect(await target.backup.check(file())).toMatchObject({ events: 3000, commits: 6 })
  expect(await target.backup.import(file())).toMatchObject({ events: 3000, commits: 6, known: 0 })
  const found: string[] = []
  for await (const { data } of target.events({ types: [Noted] })) found.push(data.text)
  expect(found).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)))
  const [first] = (await source.events({ limit: 1 })).events
  expect((await target.events({ limit: 1 })).events).toEqual([first])
  await Promise.all([source.close(), target.close()])
})
