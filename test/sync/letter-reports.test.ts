import { beforeEach, describe, expect, it } from 'vitest'
import type { Larder } from '../../src/reactive/larder.ts'
import { faultyTransport } from '../../src/testing/faults/faulty-transport.ts'
import { Device, type DeviceOptions } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let server: SyncServer
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'secret' })]
  device = new Device(1, clock)
})

async function openWith(report?: 'codes' | 'events' | false): Promise<Larder> {
  const larder = await device.openTab({ server, ...(report === undefined ? {} : { deadLetters: { report } }) })
  await larder.append(noted('bad, secret'))
  await clock.advance(1000)
  return larder
}

describe('the server is told of a dead letter', () => {
  it('by id and code, and nothing of what it says', async () => {
    const larder = await openWith()
    const [letter] = await larder.deadLetters.list()
    expect(server.reports).toEqual([
      {
        protocol: 1,
        device: expect.stringMatching(/^[0-9a-f-]{36}$/),
        deadLetters: [{ id: letter?.id, code: 'no-bad', attempts: 1, since: letter?.since }],
      },
    ])
    expect(JSON.stringify(server.reports)).not.toContain('secret')
  })

  it('with its events where the app allows it', async () => {
    const larder = await openWith('events')
    const [letter] = await larder.deadLetters.list()
    expect(server.reports[0]?.deadLetters[0]?.events).toEqual(JSON.parse(JSON.stringify(letter?.events)))
  })

  it('not at all where the app says so', async () => {
    await openWith(false)
    await clock.advance(600_000)
    expect(server.reports).toEqual([])
  })

  it('once, and again when it has changed, and after a reload', async () => {
    const larder = await openWith()
    await clock.advance(600_000)
    expect(server.reports).toHaveLength(1)
    const [letter] = await larder.deadLetters.list()
    await larder.deadLetters.retry(letter?.id ?? '')
    await clock.advance(1000)
    expect(server.reports.map(({ deadLetters }) => deadLetters[0]?.attempts)).toEqual([1, 2])
    await larder.close()
    await device.openTab({ server })
    await clock.advance(1000)
    expect(server.reports).toHaveLength(3)
  })

  it('in parts, when there are many', async () => {
    const larder = await device.openTab({ server })
    for (let n = 0; n < 250; n++) await larder.append(noted(`bad ${n}`))
    await clock.advance(1000)
    const ids = server.reports.flatMap(({ deadLetters }) => deadLetters.map(({ id }) => id))
    expect([ids.length, new Set(ids).size]).toEqual([250, 250])
    expect(Math.max(...server.reports.map(({ deadLetters }) => deadLetters.length))).toBeLessThanOrEqual(100)
  })

  it.each<[string, number | 'hang' | 'lose-request']>([
    ['does not know of reports', 404],
    ['fails', 500],
    ['is a captive portal', 200],
    ['cannot be reached', 'lose-request'],
    ['never answers', 'hang'],
  ])('in vain where it %s, and sync goes on as if nothing had been', async (_, fault) => {
    let isBroken = true
    let asked = 0
    const plain = server.transport()
    const transport = faultyTransport(plain, {
      clock,
      script: (_n, path) => {
        if (path !== 'dead-letters') return undefined
        asked++
        if (!isBroken) return undefined
        return typeof fault === 'number' ? { status: fault } : fault
      },
    })
    const odd: SyncServer = Object.assign(Object.create(server), { transport: () => transport })
    const larder = await device.openTab({ server: odd })
    await larder.append([noted('bad')])
    await clock.advance(100)
    await larder.append([noted('good')])
    await clock.advance(100)
    expect(await server.texts()).toEqual(['good'])
    // It is spared for a while, and then told all the same.
    await clock.advance(200_000)
    expect([asked, server.reports.length]).toEqual([1, 0])
    isBroken = false
    await clock.advance(400_000)
    expect([asked, server.reports.length]).toEqual([2, 1])
    await larder.close()
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
  })

  it('only in a way that there is', async () => {
    const options = { deadLetters: { report: 'all' } } as unknown as DeviceOptions
    expect(await failureOf(() => device.openTab(options))).toMatchObject({ details: { argument: 'report' } })
  })
})
