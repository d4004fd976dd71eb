import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  defineDomain,
  defineEvent,
  isLarderError,
  LarderError,
  type Middleware,
  type NewEvent,
  withMetadata,
} from '../../src/domain.ts'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { prepareCommit } from '../../src/event/prepare-commit.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { dumpDisk } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'
import { countingIds } from '../support/virtual-platform.ts'

const Logged = defineEvent('Logged', {
  schema: z.object({ meal: z.string().min(1), userId: z.string() }),
  stream: ({ meal }) => `meal-${meal}`,
})
const logged = (meal: string, userId = 'ann') => Logged({ meal, userId })

/** As an app writes it: from the event's own data. */
const withUser: Middleware<readonly [typeof Logged]> = (event, next) =>
  next(withMetadata(event, { userId: event.data.userId }))
const trimmed: Middleware<readonly [typeof Logged]> = (event, next) =>
  next({ ...event, data: { ...event.data, meal: event.data.meal.trim() } })

const domainOf = (...middleware: Middleware<readonly [typeof Logged]>[]) =>
  defineDomain({ version: '1', events: [Logged], middleware })

function prepare(domain: ReturnType<typeof domainOf>, event: NewEvent, options = {}) {
  const ids = countingIds(1)
  return unpackEvents(prepareCommit(event, options, { ...domain, now: () => NOON, newId: () => ids.next() }).events)
}

async function openWith(domain: ReturnType<typeof domainOf>, server?: SyncServer) {
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  return { clock, device, larder: await device.openTab({ domain, server }) }
}
const eventsOf = async (larder: Larder) => (await larder.events()).events

describe('the middleware of a domain', () => {
  it('runs in its order, before the checks, on every event of an append', async () => {
    const order: string[] = []
    const noted =
      (name: string): Middleware =>
      (event, next, { index, time }) => {
        order.push(`${name} ${index} ${time}`)
        return next(event)
      }
    const { larder } = await openWith(domainOf(noted('first'), trimmed, withUser, noted('last')))
    await larder.append([logged(' soup '), logged('pie', 'bob')])
    expect(await eventsOf(larder)).toMatchObject([
      { stream: 'meal-soup', data: { meal: 'soup' }, metadata: { userId: 'ann' } },
      { stream: 'meal-pie', data: { meal: 'pie' }, metadata: { userId: 'bob' } },
    ])
    const noon = new Date(NOON).toISOString()
    expect(order).toEqual([`first 0 ${noon}`, `last 0 ${noon}`, `first 1 ${noon}`, `last 1 ${noon}`])
    await larder.close()
  })

  it('runs for appendAll, with ids that are the same when it is done again', async () => {
    const { larder } = await openWith(domainOf(trimmed, withUser))
    const id = uuid(1)
    const all = () => larder.appendAll([logged(' a'), logged('b '), logged('c')], { id, batchSize: 2 })
    await all()
    const before = await eventsOf(larder)
    await all()
    expect(await eventsOf(larder)).toEqual(before)
    expect(before.map(({ data, metadata }) => [data, metadata])).toEqual(
      ['a', 'b', 'c'].map((meal) => [{ meal, userId: 'ann' }, { userId: 'ann' }]),
    )
    await larder.close()
  })

  it('lets an append that is made again with its id be known again', async () => {
    const { larder } = await openWith(domainOf(trimmed, withUser))
    const first = await larder.append(logged(' a '), { id: uuid(2) })
    const again = await larder.append(logged(' a '), { id: uuid(2) })
    expect(again.eventIds).toEqual(first.eventIds)
    expect(await eventsOf(larder)).toHaveLength(1)
    await larder.close()
  })

  it('runs for what takes the place of a dead letter', async () => {
    const server = new SyncServer()
    const domain = domainOf(trimmed, withUser)
    server.domain = domain
    server.rules = [ruleAgainst('"bad"', { code: 'bad', message: 'No' })]
    const { larder, clock } = await openWith(domain, server)
    await larder.append(logged('bad'))
    await clock.advance(100)
    const [letter] = await larder.deadLetters.list()
    await larder.deadLetters.amend(letter?.id ?? '', logged(' good ', 'bob'))
    await clock.advance(100)
    expect((await server.accepted()).map(({ data }) => data)).toEqual([[{ meal: 'good', userId: 'bob' }]])
    expect(await eventsOf(larder)).toMatchObject([{ metadata: { userId: 'bob' } }])
    await larder.close()
  })

  it('sees the metadata that the event is going to have, and has the last word on it', () => {
    const seen: unknown[] = []
    const cleared: Middleware = ({ metadata, ...event }, next) => {
      seen.push(metadata, event.stream)
      return next({ ...event, metadata: { kept: metadata?.['own'] ?? null } })
    }
    const event = Logged({ meal: 'a', userId: 'ann' }, { metadata: { own: 1 } })
    const [stored] = prepare(domainOf(cleared), event, { metadata: { own: 2, given: 3 }, stream: 'lunch' })
    expect(seen).toEqual([{ own: 1, given: 3 }, 'lunch'])
    expect(stored).toMatchObject({ stream: 'lunch', metadata: { kept: 1 } })
    expect(stored?.metadata).toEqual({ kept: 1 })
  })

  it.each<[string, Middleware]>([
    [
      'throws',
      () => {
        throw new RangeError('secret')
      },
    ],
    ['answers nothing', () => undefined as unknown as NewEvent],
    ['answers a promise', (event) => Promise.resolve(event) as unknown as NewEvent],
    ['changes the type', (event, next) => next({ ...event, type: 'Other' })],
    ['changes the version', (event, next) => next({ ...event, version: 2 })],
    ['changes the stream', (event, next) => next({ ...event, stream: 'other' })],
    ['makes up an id', (event, next) => next({ ...event, id: uuid(9) })],
    ['hands on nothing', (_, next) => next(null as unknown as NewEvent)],
  ])('stops the whole append where one %s, and nothing is stored', async (_, middleware) => {
    const onlyBad: Middleware<readonly [typeof Logged]> = (event, next, context) =>
      event.data.meal === 'bad' ? middleware(event, next, context) : next(event)
    const { larder, device } = await openWith(domainOf(onlyBad))
    const before = await dumpDisk(device.disk)
    const failure = await failureOf(() => larder.append([logged('good'), logged('bad')]))
    expect(failure).toMatchObject({ code: 'middleware-failed', details: { type: 'Logged', event: 1 } })
    expect(failure.message).not.toContain('secret')
    expect(await dumpDisk(device.disk)).toEqual(before)
    await larder.close()
  })

  it('passes on an error of Larder as it is, and the cause of another', async () => {
    const closed = new LarderError('closed', 'for the test', {})
    const thrown =
      (error: unknown): Middleware =>
      () => {
        throw error
      }
    expect(await failureOf(() => prepare(domainOf(thrown(closed)), logged('a')))).toBe(closed)
    const cause = new TypeError('x')
    expect(await failureOf(() => prepare(domainOf(thrown(cause)), logged('a')))).toMatchObject({ cause })
  })

  it.each<[string, Partial<NewEvent>, string]>([
    ['data', { data: { meal: '', userId: 'ann' } }, 'validation'],
    ['metadata', { metadata: { at: new Date(0) as unknown as string } }, 'payload-not-json'],
  ])('is checked in what it makes of the %s', async (_, change, code) => {
    const wrong: Middleware = (event, next) => next({ ...event, ...change })
    expect(await failureOf(() => prepare(domainOf(wrong), logged('a')))).toMatchObject({ code })
  })

  it('is not asked about what is no event, or none of this domain', async () => {
    const asked: Middleware = () => {
      throw new Error('asked')
    }
    const domain = domainOf(asked)
    for (const wrong of [null, { type: 'Unknown', version: 1, data: {} }, { type: 'Logged', version: 7, data: {} }]) {
      const failure = await failureOf(() => prepare(domain, wrong as unknown as NewEvent))
      expect(isLarderError(failure, 'middleware-failed')).toBe(false)
    }
  })
})
