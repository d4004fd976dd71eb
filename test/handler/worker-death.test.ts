import { beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { connectWorker } from '../../src/client/worker-connection.ts'
import { WORKER_PROTOCOL } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { FakeWorker, until } from '../support/fake-worker.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let machine: VirtualMachine
let disk: MemoryDisk

beforeEach(() => {
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
})

interface Page {
  readonly client: Client
  readonly larder: Larder
  readonly workers: FakeWorker[]
}

async function openPage(): Promise<Page> {
  const platform = machine.openTab()
  const workers: FakeWorker[] = []
  const client = await Client.open({
    domain: notes,
    platform,
    auth: undefined,
    connect: connectWorker({
      clock,
      locks: platform.locks,
      createWorker: () => {
        const worker = new FakeWorker({ domain: notes, platform: machine.openTab(), disk })
        workers.push(worker)
        return worker.asWorker
      },
    }),
    request: {
      ...{ protocol: WORKER_PROTOCOL, domainVersion: notes.version, name: 'notes', account: undefined },
      ...{ syncUrl: undefined, hasAuth: false, maxAttempts: undefined, fallback: undefined },
    },
  })
  const larder = createLarder(client, {
    persist: async () => true,
    read: async () => ({ persisted: 'unknown', usageBytes: undefined, quotaBytes: undefined }),
  })
  return { client, larder, workers }
}

function follow({ larder }: Page, where: string, seen: string[], work: () => unknown = () => undefined): void {
  larder.handle(
    Noted,
    async ({ data }, { signal }) => {
      signal.addEventListener('abort', () => seen.push(`${data.text} ended in ${where}`))
      seen.push(`${data.text} in ${where}`)
      await work()
    },
    { name: 'coach' },
  )
}

describe('a durable handler on a page whose worker dies', () => {
  it('ends what runs, and is given it again by the next worker', async () => {
    const page = await openPage()
    const seen: string[] = []
    let isSlow = true
    follow(page, 'a', seen, () => (isSlow ? new Promise(() => undefined) : undefined))
    await page.larder.append(noted('1'))
    await until(clock, () => seen.length === 1)
    isSlow = false
    page.workers[0]?.die()
    await until(clock, () => seen.includes('1 in a') && seen.filter((each) => each === '1 in a').length === 2)
    expect(seen).toEqual(['1 in a', '1 ended in a', '1 in a'])
    await page.larder.append(noted('2'))
    await until(clock, () => seen.includes('2 in a'))
    expect(page.workers).toHaveLength(2)
    await page.larder.close()
  })

  it('or that has stopped it is given nothing more', async () => {
    const page = await openPage()
    const seen: string[] = []
    const handler = page.larder.handle(Noted, ({ data }) => seen.push(data.text), { name: 'coach' })
    await page.larder.append(noted('1'))
    await until(clock, () => seen.length === 1)
    await handler.stop()
    page.workers[0]?.die()
    await page.larder.append(noted('2'))
    await clock.advance(5000)
    expect(seen).toEqual(['1'])
    await page.larder.close()
  })
})

describe('a durable handler on a page that is frozen', () => {
  it.each(['freeze', 'pagehide'] as const)(
    'is another page’s from the %s on, and its own again afterwards',
    async (event) => {
      const [a, b] = [await openPage(), await openPage()]
      const seen: string[] = []
      let isSlow = true
      follow(a, 'a', seen, () => (isSlow ? new Promise(() => undefined) : undefined))
      await a.larder.append(noted('1'))
      await until(clock, () => seen.length === 1)
      follow(b, 'b', seen)
      a.client.lifecycle(event)
      await until(clock, () => seen.includes('1 in b'))
      expect(seen).toEqual(['1 in a', '1 ended in a', '1 in b'])
      isSlow = false
      a.client.lifecycle(event === 'freeze' ? 'resume' : 'pageshow')
      await clock.advance(100)
      await b.larder.close()
      await a.larder.append(noted('2'))
      await until(clock, () => seen.includes('2 in a'))
      await a.larder.close()
    },
  )
})
