import { expect, it, vi } from 'vitest'
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

it('very many events go in while the tab is hidden: no timer is waited for, and the page has its turns', async () => {
  const larder = await open()
  // What a browser does to the timers of a hidden tab, and worse: none is ever due.
  for (const timer of ['setTimeout', 'setInterval', 'requestAnimationFrame', 'requestIdleCallback'] as const)
    vi.stubGlobal(timer, () => 0)
  const { port1, port2 } = new MessageChannel()
  let turns = 0
  port1.onmessage = () => {
    turns++
    port2.postMessage(undefined)
  }
  port2.postMessage(undefined)
  try {
    const stored = await larder.appendAll(Array.from({ length: 20_000 }, (_, n) => noted(String(n))))
    expect(stored).toMatchObject({ events: 20_000, commits: 40 })
    expect(turns).toBeGreaterThan(20)
  } finally {
    port1.close()
    vi.unstubAllGlobals()
  }
  await larder.close()
})
