import { beforeEach, describe, expect, it } from 'vitest'
import { STALL_AFTER_MS } from '../../src/engine/stall-watch.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  device = new Device(1, clock)
})

const iso = (ms: number): string => new Date(ms).toISOString()

async function opened(options: Parameters<Device['openTab']>[0] = { server }) {
  const larder = await device.openTab(options)
  const health = watch(larder.health$)
  await clock.advance(1000)
  return { larder, stalled: () => health.last()?.stalled, problem: () => health.last()?.problem?.code }
}

describe('a stall', () => {
  it.each<[string, number, string]>([
    ['a server that fails', 503, 'status-503'],
    ['an answer that nobody understands', 418, 'status-418'],
    ['a captive portal', 200, 'not-our-server'],
    ['an account that may not', 403, 'forbidden'],
    ['an app that is too old', 426, 'update-required'],
  ])('is said with its reason after two minutes: %s', async (_, status, reason) => {
    const { larder, stalled, problem } = await opened()
    server.instead = () => answer(status, '')
    await larder.append(noted('x'))
    await clock.advance(STALL_AFTER_MS - 100)
    expect([stalled(), typeof problem()]).toEqual([undefined, 'string'])
    await clock.advance(200)
    expect(stalled()).toEqual({ since: iso(NOON + 1000), reason, message: expect.stringMatching(/../) })
    server.instead = undefined
    await larder.sync.resume()
    await clock.advance(1000)
    expect([stalled(), problem()]).toEqual([undefined, undefined])
  })

  it('is said when sync is paused, or the store was opened without it', async () => {
    const { larder, stalled } = await opened()
    await larder.sync.pause()
    await larder.append(noted('x'))
    await clock.advance(STALL_AFTER_MS + 100)
    expect(stalled()).toMatchObject({ reason: 'paused' })
    await larder.close()
    const { stalled: without } = await opened({})
    await clock.advance(STALL_AFTER_MS + 100)
    expect(without()).toMatchObject({ reason: 'paused' })
  })

  it('is said when the server answers and takes nothing', async () => {
    const { larder, stalled } = await opened()
    server.instead = async (request, sent) => {
      if (request.commits.length === 0) return undefined
      const { instead } = server
      server.instead = undefined
      const response = await server.transport().post({ ...sent, body: JSON.stringify({ ...request, commits: [] }) })
      server.instead = instead
      const verdicts = request.commits.map(({ id }) => ({ id, status: 'deferred', code: 'server-too-old' }))
      return { ...response, body: JSON.stringify({ ...JSON.parse(response.body), verdicts }) }
    }
    await larder.append(noted('x'))
    await clock.advance(STALL_AFTER_MS + 120_000)
    expect(stalled()).toMatchObject({ reason: 'server-too-old' })
  })

  it('is said in every tab, also when the one that leads says nothing more', async () => {
    const leader = await opened()
    const other = await opened()
    server.instead = () => new Promise(() => undefined)
    await other.larder.append(noted('x'))
    await clock.advance(STALL_AFTER_MS + 100)
    expect([leader.stalled()?.reason, other.stalled()?.reason]).toEqual(['unreachable', 'unreachable'])
  })

  it('is neither hidden nor made by a person who sets the clock', async () => {
    const { larder, stalled } = await opened()
    clock.set(NOON + 365 * 86_400_000)
    await larder.append(noted('x'))
    await clock.advance(1000)
    expect(stalled()).toBeUndefined()
    server.instead = () => answer(503, '')
    await larder.append(noted('y'))
    clock.set(NOON)
    await clock.advance(STALL_AFTER_MS + 100)
    expect(stalled()).toMatchObject({ reason: 'status-503' })
  })

  it('is none where nothing waits, or the store is its own authority', async () => {
    const synced = await opened()
    server.instead = () => answer(503, '')
    await clock.advance(600_000)
    expect([synced.stalled(), synced.problem()]).toEqual([undefined, 'status-503'])
    device = new Device(2, clock)
    const local = await opened({})
    await local.larder.append(noted('x'))
    await clock.advance(600_000)
    expect(local.stalled()).toBeUndefined()
  })

  it('begins anew with every success, while there is always more to send', async () => {
    const { larder, stalled } = await opened()
    for (let minute = 0; minute < 10; minute++) {
      await larder.append(noted(`${minute}`))
      await clock.advance(60_000)
    }
    expect(stalled()).toBeUndefined()
  })

  it('leaves no timer behind', async () => {
    const { larder } = await opened()
    server.instead = () => answer(503, '')
    await larder.append(noted('x'))
    await clock.advance(1000)
    await larder.close()
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
  })
})

describe('health', () => {
  it('tells which tab leads, and what versions meet', async () => {
    const [a, b] = [await device.openTab({ server }), await device.openTab({ server })]
    await a.append(noted('x'))
    await clock.advance(1000)
    const last = async (larder: Larder) => {
      const health = watch(larder.health$)
      await clock.advance(10)
      return health.last()
    }
    expect([(await last(a))?.leader, (await last(b))?.leader]).toEqual([true, false])
    expect((await last(b))?.versions).toMatchObject({ domain: 'notes 1', serverDomain: 'notes 1' })
  })
})
