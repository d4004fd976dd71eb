import { beforeEach, describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, journal, noted } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  device = new Device(1, clock)
})

describe('two tabs of one device', () => {
  it.each([true, false])('read what the other wrote as soon as it is acknowledged (synced: %s)', async (isSynced) => {
    const options = isSynced ? { server } : {}
    const [a, b] = [await device.openTab(options), await device.openTab(options)]
    await b.get(journal)
    await a.append(noted('x', 'mon'))
    expect(await b.get(journal)).toEqual(['x'])
    expect(await b.get(byDay, 'mon')).toEqual(['x'])
    expect((await b.events()).events).toHaveLength(1)
    await b.append(noted('y', 'mon'))
    expect(await a.get(byDay, 'mon')).toEqual(['x', 'y'])
  })

  it('show the same, live, without a server', async () => {
    const [a, b] = [await device.openTab(), await device.openTab()]
    const seen = watch(b.view(byDay, 'mon'))
    await clock.advance(20)
    await a.append(noted('x', 'mon'))
    await clock.advance(20)
    expect(seen.last()).toEqual(['x'])
  })

  it('contend for a version, and one of them is told what it is', async () => {
    const [a, b] = [await device.openTab(), await device.openTab()]
    const answers = await Promise.allSettled([
      a.append(noted('a'), { expectedVersion: 'noStream' }),
      b.append(noted('b'), { expectedVersion: 'noStream' }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'concurrency', details: { stream: 'notes', expected: 'noStream', actual: 1 } },
    })
  })

  it('have one leader, and are told alike how sync stands', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    const [onA, onB] = [watch(a.sync.status$), watch(b.sync.status$)]
    server.instead = () => answer(503, '')
    await b.append(noted('x'))
    await clock.advance(1000)
    expect(onA.last()).toMatchObject({ state: 'backoff', pending: 1, leader: true })
    expect(onB.last()).toMatchObject({ state: 'backoff', pending: 1, leader: false })
    expect(onB.last()?.nextAttempt).toBe(onA.last()?.nextAttempt)
    server.instead = undefined
    await clock.advance(600_000)
    for (const status of [onA, onB]) expect(status.last()).toMatchObject({ state: 'idle', pending: 0 })
    expect(onB.last()?.lastSuccess).toBe(onA.last()?.lastSuccess)
  })

  it('sync on when the leading one closes', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    await a.close()
    await b.append(noted('x'))
    await clock.advance(5000)
    expect(await server.texts()).toEqual(['x'])
    expect(watch(b.sync.status$).ended()).toBeUndefined()
  })

  it('pause and resume together', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    await b.sync.pause()
    await a.append(noted('x'))
    await clock.advance(600_000)
    expect(await server.texts()).toEqual([])
    await b.sync.resume()
    await clock.advance(100)
    expect(await server.texts()).toEqual(['x'])
  })

  it('stay paused after a reload, also when only one of them was open, until one resumes', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    await b.sync.pause()
    await Promise.all([a.close(), b.close()])
    const before = server.requests.length
    const c = await device.openTab({ server })
    const status = watch(c.sync.status$)
    await c.append(noted('x'))
    await clock.advance(600_000)
    expect([status.last()?.state, server.requests.length]).toEqual(['paused', before])
    await c.sync.resume()
    await c.close()
    const d = await device.openTab({ server })
    await clock.advance(100)
    expect([watch(d.sync.status$).last()?.state, await server.texts()]).toEqual([undefined, ['x']])
    await clock.advance(100)
  })

  it('go on when they are resumed at once after a reload', async () => {
    const a = await device.openTab({ server })
    await a.sync.pause()
    await a.append(noted('x'))
    await a.close()
    const b = await device.openTab({ server })
    await b.sync.resume()
    await clock.advance(100)
    expect(await server.texts()).toEqual(['x'])
  })

  it('go on after a reload, when one has resumed right after the other paused', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    await clock.advance(1000)
    await a.sync.pause()
    await b.sync.resume()
    await Promise.all([a.close(), b.close()])
    const again = await device.openTab({ server })
    await again.append(noted('x'))
    await clock.advance(5000)
    expect(await server.texts()).toEqual(['x'])
  })

  it('are not paused for good where that could not be stored, and say so', async () => {
    let isFull = false
    const a = await device.openTab({
      server,
      wrap: (backend) => ({
        mode: 'memory',
        close: () => backend.close(),
        transact: (mode, tables, work) =>
          isFull && mode === 'write'
            ? Promise.reject(
                new LarderError('storage-full', 'Full', { details: { usage: undefined, quota: undefined } }),
              )
            : backend.transact(mode, tables, work),
      }),
    })
    const status = watch(a.sync.status$)
    isFull = true
    await expect(a.sync.pause()).rejects.toMatchObject({ code: 'storage-full' })
    await clock.advance(50)
    expect(status.last()?.state).toBe('paused')
    await a.sync.resume()
    await clock.advance(50)
    expect(status.last()?.state).not.toBe('paused')
  })

  it('ask the one that leads for an exchange now', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    server.instead = () => answer(503, '')
    await b.append(noted('x'))
    await clock.advance(1000)
    server.instead = undefined
    const asked = b.sync.now()
    await clock.advance(0)
    await asked
    expect(await server.texts()).toEqual(['x'])
    await a.close()
  })

  it('do not mind what a stranger says on their channel', async () => {
    const a = await device.openTab({ server })
    const seen = watch(a.changes$)
    const stranger = device.machine.openTab().openChannel('larder:larder/notes')
    for (const message of [
      null,
      5,
      {},
      { kind: 'x' },
      { kind: 'changes' },
      { kind: 'changes', changes: 5 },
      { kind: 'sync-state' },
    ])
      stranger.post(message)
    await clock.advance(10)
    await a.append(noted('x'))
    await clock.advance(100)
    expect([await server.texts(), seen.all.map(({ to }) => to)]).toEqual([['x'], ['confirmed']])
  })
})

describe('closing', () => {
  it('lets what was accepted finish, and leaves nothing that runs later', async () => {
    const a = await device.openTab({ server })
    const told = [watch(a.sync.status$), watch(a.commits$), watch(a.view(journal)), watch(a.deadLetters.list$)]
    await clock.advance(50)
    const appends = [a.append(noted('x')), a.append(noted('y'))]
    const closing = a.close()
    expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    await closing
    await clock.advance(60_000)
    expect(told.map(({ ended }) => ended())).toEqual(told.map(() => 'complete'))
    const again = await device.openTab({ server })
    expect(await again.get(journal)).toEqual(['x', 'y'])
  })

  it('tells the other tabs of what it still stored', async () => {
    const [a, b] = [await device.openTab(), await device.openTab()]
    const seen = watch(b.view(journal))
    await clock.advance(50)
    const append = a.append(noted('x'))
    const closing = a.close()
    await Promise.all([append, closing])
    await clock.advance(50)
    expect(seen.last()).toEqual(['x'])
  })

  it('makes every later call fail with its code, and every later observable end', async () => {
    const a = await device.openTab({ server })
    await a.close()
    await a.close()
    for (const call of [() => a.append(noted('x')), () => a.get(journal), () => a.events(), () => a.sync.now()])
      await expect(call()).rejects.toMatchObject({ code: 'closed' })
    expect(watch(a.view(journal)).all).toEqual([])
    const late = [watch(a.view(journal)), watch(a.commits$), watch(a.viewRange(byDay, { from: 'a', to: 'z' }))]
    await clock.advance(10)
    expect(late.map(({ ended }) => ended())).toEqual(['complete', 'complete', 'complete'])
  })

  it('settles calls that were in flight', async () => {
    const a = await device.openTab({ server })
    const { commitId } = await a.append(noted('x'))
    const calls = [a.get(journal), a.events(), a.deadLetters.list(), a.sync.now(), a.commit(commitId).settled()]
    const all = Promise.allSettled(calls)
    await a.close()
    await clock.advance(0)
    const outcomes = await Promise.race([all, clock.advance(1).then(() => [])])
    expect(outcomes).toHaveLength(calls.length)
  })
})
