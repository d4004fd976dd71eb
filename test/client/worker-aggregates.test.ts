import { beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { connectWorker } from '../../src/client/worker-connection.ts'
import { WORKER_PROTOCOL } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { failureOf } from '../support/failure.ts'
import { FakeWorker, until } from '../support/fake-worker.ts'
import { uuid } from '../support/prepared.ts'
import { Opened, taskDomain, tasks } from '../support/tasks.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let disk: MemoryDisk
let workers: FakeWorker[]
/** Asked before each write transaction of an append is answered. */
let onAppend: (worker: FakeWorker, stage: 'before' | 'after') => void

beforeEach(() => {
  clock = new VirtualClock()
  disk = new MemoryDisk()
  workers = []
  onAppend = () => undefined
})

async function openPage(): Promise<Larder> {
  const machine = new VirtualMachine(1, clock)
  const platform = machine.openTab()
  const client = await Client.open({
    ...{ domain: taskDomain, platform, auth: undefined },
    connect: connectWorker({
      clock,
      locks: platform.locks,
      createWorker: () => {
        const worker: FakeWorker = new FakeWorker({
          ...{ domain: taskDomain, platform: machine.openTab(), disk },
          wrap: (backend) => ({
            mode: backend.mode,
            close: () => backend.close(),
            transact: async (mode, tables, work) => {
              const isAppend = mode === 'write' && tables.includes('confirmed') && !tables.includes('quarantine')
              if (isAppend) onAppend(worker, 'before')
              if (!worker.isAlive) return new Promise(() => undefined)
              const result = await backend.transact(mode, tables, work)
              if (isAppend) onAppend(worker, 'after')
              return worker.isAlive ? result : new Promise(() => undefined)
            },
          }),
        })
        workers.push(worker)
        return worker.asWorker
      },
    }),
    request: {
      ...{ protocol: WORKER_PROTOCOL, domainVersion: taskDomain.version, name: 'tasks', account: undefined },
      ...{ syncUrl: undefined, hasAuth: false, maxAttempts: undefined, fallback: undefined },
    },
  })
  return createLarder(client, {
    persist: async () => true,
    read: async () => ({ persisted: 'unknown', usageBytes: undefined, quotaBytes: undefined }),
  })
}

describe('aggregates through real message ports', () => {
  it('are executed, loaded and edited as in one thread', async () => {
    const larder = await openPage()
    const receipt = await larder.execute(tasks, 'a').open({ title: 'tea', task: 't' })
    expect(receipt).toMatchObject({ position: 1 })
    const draft = await larder.edit(tasks, 'a')
    draft.apply(Opened({ task: 'u', title: 'cake' }))
    await draft.save()
    expect(await larder.load(tasks, 'a')).toMatchObject({ version: 2, state: { open: { t: 'tea', u: 'cake' } } })
    expect(await failureOf(() => larder.execute(tasks, 'a').finish('x'))).toMatchObject({
      code: 'refused',
      details: { reason: 'not-open', aggregate: 'tasks', command: 'finish' },
    })
    expect(await failureOf(() => larder.execute(tasks, 'a').open({ title: 'broken' }))).toMatchObject({
      code: 'command-failed',
      cause: { message: expect.stringContaining('broken') },
    })
  })

  it.each(['before', 'after'] as const)(
    'C03: a worker that dies %s a command is stored: it is carried out once, and its receipt is right',
    async (stage) => {
      const larder = await openPage()
      onAppend = (worker, at) => {
        if (at === stage && workers.length === 1) worker.die()
      }
      const given = larder.execute(tasks, 'a', { id: uuid(1) }).open({ title: 'tea' })
      await until(clock, () => workers.length === 2)
      const receipt = await settled(given)
      expect(receipt).toMatchObject({ commitId: uuid(1), position: 1, eventIds: [expect.any(String)] })
      const { events } = await larder.events({ stream: 'tasks-a' })
      expect(events.map(({ id }) => id)).toEqual(receipt.eventIds)
    },
  )

  it('C03: a worker that dies over a command that then would be refused answers with what was stored', async () => {
    const larder = await openPage()
    for (const title of ['a', 'b']) await larder.execute(tasks, 'a').open({ title })
    onAppend = (worker, at) => {
      if (at === 'after' && workers.length === 1) worker.die()
    }
    const last = larder.execute(tasks, 'a').open({ title: 'c' })
    await until(clock, () => workers.length === 2)
    expect(await settled(last)).toMatchObject({ position: 3 })
    expect(await larder.load(tasks, 'a')).toMatchObject({ version: 3 })
  })

  it('C03: when the next worker dies too, the error has the id to give the command again with', async () => {
    const larder = await openPage()
    onAppend = (worker, at) => {
      if (at === 'before' && workers.length <= 2) worker.die()
    }
    const given = failureOf(() => larder.execute(tasks, 'a').open({ title: 'tea' }))
    await until(clock, () => workers.length >= 2)
    const failure = await settled(given)
    expect(failure).toMatchObject({ code: 'worker-crashed', details: { commitId: expect.any(String) } })
  })

  async function settled<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    await until(clock, () => isDone)
    return work
  }
})
