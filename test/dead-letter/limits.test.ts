import { beforeEach, describe, expect, it } from 'vitest'
import { handlerLetter } from '../../src/dead-letter/handler-letters.ts'
import type { Alert } from '../../src/engine/alerts.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { Device, type DeviceOptions, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { Noted, noted } from '../support/notes.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

const DAY = 24 * 3600 * 1000

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

/** A tab whose handler fails at everything, at once. */
async function failingTab(options: DeviceOptions = {}): Promise<Larder> {
  const larder = await device.openTab(options)
  larder.handle(
    Noted,
    () => {
      throw new Error('no')
    },
    { name: 'coach', retry: { attempts: 1 } },
  )
  return larder
}

describe('an alert', () => {
  it('comes once when its threshold is crossed, and again only after it fell below', async () => {
    const told: Alert[] = []
    const a = await failingTab({ alerts: { deadLetters: 2 }, onAlert: (alert) => told.push(alert) })
    const health = watch(a.health$)
    await a.append(noted('1'))
    await clock.advance(1000)
    expect(told).toEqual([])
    await a.append(noted('2'))
    await clock.advance(1000)
    expect(told).toEqual([{ kind: 'dead-letters', count: 2, limit: 2 }])
    expect(health.last()?.alerts).toEqual(told)
    await a.append(noted('3'))
    await clock.advance(1000)
    expect(told).toHaveLength(1)
    for (const { id } of (await a.deadLetters.list()).slice(1)) await a.deadLetters.discard(id)
    await clock.advance(1000)
    expect(health.last()?.alerts).toEqual([])
    await a.append(noted('4'))
    await clock.advance(1000)
    expect(told).toHaveLength(2)
  })

  it('comes when nothing happens but time, for what waits too long', async () => {
    const told: string[] = []
    const server = new SyncServer()
    const a = await device.openTab({
      server,
      alerts: { oldestPendingMs: 3_600_000 },
      onAlert: ({ kind }) => told.push(kind),
    })
    server.instead = () => answer(503, '')
    await a.append(noted('x'))
    await clock.advance(3_590_000)
    expect(told).toEqual([])
    await clock.advance(20_000)
    expect(told).toEqual(['oldest-pending'])
    server.instead = undefined
    await a.sync.now()
    await clock.advance(1000)
    server.instead = () => answer(503, '')
    await a.append(noted('y'))
    await clock.advance(3_700_000)
    expect(told).toEqual(['oldest-pending', 'oldest-pending'])
    await a.close()
    expect(clock.waiting).toBe(0)
  })

  it('warns before a limit is reached, of number and age, and then drops nothing', async () => {
    const told: string[] = []
    const a = await failingTab({
      deadLetters: { maxSize: 10, retentionDays: 10 },
      onAlert: ({ kind }) => told.push(kind),
    })
    for (let n = 1; n <= 8; n++) await a.append(noted(`${n}`))
    await clock.advance(1000)
    expect(told).toEqual([])
    await a.append(noted('9'))
    await clock.advance(1000)
    expect(told).toEqual(['dead-letters-size'])
    await clock.advance(9 * DAY)
    expect(told).toEqual(['dead-letters-size', 'dead-letters-age'])
    for (let n = 10; n <= 30; n++) await a.append(noted(`${n}`))
    await clock.advance(400 * DAY)
    expect(await a.deadLetters.stats()).toMatchObject({ total: 30 })
  })

  it('that the app cannot take keeps nothing else from working', async () => {
    const a = await failingTab({
      alerts: { deadLetters: 1 },
      onAlert: () => {
        throw new Error('badly made')
      },
    })
    await a.append(noted('1'))
    await clock.advance(1000)
    expect(device.machine.errors.filter((each) => each.startsWith('alerts'))).toHaveLength(1)
    expect(await a.deadLetters.list()).toHaveLength(1)
  })
})

describe('dropping, where the app has asked for it,', () => {
  it('takes the oldest letters of handlers that are too many or too old', async () => {
    const a = await failingTab({ deadLetters: { maxSize: 5, retentionDays: 10, whenFull: 'drop-oldest' } })
    for (let n = 1; n <= 8; n++) {
      await a.append(noted(`${n}`))
      await clock.advance(10)
    }
    await clock.advance(5000)
    const texts = (await a.deadLetters.list()).map(({ events }) => events[0]?.data)
    expect(texts).toMatchObject(['4', '5', '6', '7', '8'].map((text) => ({ text })))
    await clock.advance(11 * DAY)
    expect(await a.deadLetters.list()).toEqual([])
    expect((await a.events()).events).toHaveLength(8)
  })

  it('keeps a refused commit as a record, and tells the server never to take it', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('bad', { code: 'no-bad', message: 'No', retryable: false })]
    const a = await device.openTab({ server, deadLetters: { maxSize: 1, whenFull: 'drop-oldest' } })
    const changes = watch(a.changes$)
    const first = await a.append(noted('bad 1'))
    await clock.advance(1000)
    await a.append(noted('bad 2'))
    await clock.advance(60_000)
    expect((await a.deadLetters.list()).map(({ events }) => events[0]?.data)).toMatchObject([{ text: 'bad 2' }])
    expect(await first.settled({ timeoutMs: 1000 })).toBe('discarded')
    expect(changes.all).toContainEqual({ commit: first.commitId, to: 'discarded', position: undefined })
    const kept = await openMemoryStorage(device.disk).transact('read', ['discarded'], (tx) => tx.read('discarded', {}))
    expect(kept).toMatchObject([{ id: first.commitId, why: 'discarded', withdraw: [] }])
  })
})

describe('options', () => {
  it('that are wrong are refused before anything is opened', async () => {
    const untyped = <T>(value: unknown): T => value as T
    const refused: [string, DeviceOptions][] = [
      ['maxSize', { deadLetters: { maxSize: 0 } }],
      ['retentionDays', { deadLetters: { retentionDays: Number.NaN } }],
      ['whenFull', { deadLetters: { whenFull: untyped('drop') } }],
      ['maxAttempts', { deadLetters: { maxAttempts: -1 } }],
      ['deadLetters', { deadLetters: untyped(5) }],
      ['alerts.deadLetters', { alerts: { deadLetters: untyped('2') } }],
      ['onAlert', { onAlert: untyped(1) }],
    ]
    for (const [argument, options] of refused)
      expect(await failureOf(() => device.openTab(options))).toMatchObject({ code: 'argument', details: { argument } })
  })
})

describe('C73 ten thousand dead letters, over updates of the app and 400 days,', () => {
  it('are all still there, counted, and can be retried and given up', async () => {
    const a = await device.openTab()
    await a.close()
    const event = {
      id: uuid(1),
      type: 'Noted',
      version: 1,
      stream: 'notes',
      time: new Date(NOON).toISOString(),
      data: {},
      metadata: {},
    }
    const letters = Array.from({ length: 10_000 }, (_, n) =>
      n % 2 === 0
        ? handlerLetter(
            'coach',
            { event: { ...event, id: uuid(n + 1) }, commitId: uuid(n + 1), position: undefined },
            { code: 'handler-failed', message: 'no', retryable: true },
            { attempts: 3, now: NOON + n },
          )
        : commitLetter(n),
    )
    await openMemoryStorage(device.disk).transact('write', ['deadLetters'], (tx) => tx.put('deadLetters', ...letters))
    const told: string[] = []
    for (let day = 0; day < 400; day += 100) {
      const tab = await device.openTab({ onAlert: ({ kind }) => told.push(kind) })
      await clock.advance(100 * DAY)
      await tab.close()
    }
    const b = await device.openTab()
    expect(await b.deadLetters.stats()).toEqual({
      total: 10_000,
      byReason: { 'handler-failed': 5000, refused: 5000 },
      byKind: { commit: 5000, handler: 5000 },
      oldest: new Date(NOON).toISOString(),
      retryReady: 0,
    })
    expect(new Set(told)).toEqual(new Set(['dead-letters-size', 'dead-letters-age']))
    const [first, second, third] = await b.deadLetters.list()
    await b.deadLetters.retry(first?.id ?? '')
    await b.deadLetters.retry(second?.id ?? '')
    await b.deadLetters.discard(third?.id ?? '')
    expect(await b.deadLetters.stats()).toMatchObject({ total: 9998, retryReady: 1 })
  }, 120_000)
})

function commitLetter(n: number) {
  const commit = prepared(noted('x'), { id: uuid(n + 1) })
  return {
    id: commit.id,
    kind: 'commit' as const,
    ...{ code: 'refused', message: 'No', retryable: false, attempts: 1, since: NOON + n, nextAttemptAt: undefined },
    commit: {
      id: commit.id,
      device: uuid(0),
      ...{ seq: n, order: n, count: 1, madeAt: NOON, events: commit.events, expected: {}, basis: {} },
      ...{ replaces: [], verdict: undefined, attempts: 1 },
    },
  }
}
