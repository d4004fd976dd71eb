import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineAggregate, defineDomain, defineEvent, type NewEvent } from '../../src/domain.ts'
import type { LarderErrorCode } from '../../src/errors.ts'
import type { AppendOptions } from '../../src/event/prepare-commit.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Kept = defineEvent('Kept', { schema: z.unknown(), stream: () => 'kept' })
const Sized = defineEvent('Sized', { schema: z.object({ kcal: z.number() }), stream: () => 'kept' })
const domain = defineDomain({ version: '1', events: [Kept, Sized] })

const untyped = <T>(value: unknown): T => value as T
const kept = (change: object): NewEvent => untyped({ ...Kept('x'), ...change })
const cycle: unknown[] = []
cycle.push(cycle)
const deep = (levels: number): unknown => (levels === 0 ? 0 : [deep(levels - 1)])

const bad: readonly (readonly [code: LarderErrorCode, make: () => NewEvent, type: string])[] = [
  ['unknown-type', () => kept({ type: 'Ketp' }), 'Ketp'],
  ['version-invalid', () => kept({ version: 7 }), 'Kept'],
  ['validation', () => Sized(untyped({ kcal: 'many' })), 'Sized'],
  ['validation', () => Kept(1, { metadata: untyped({ userId: 5 }) }), 'Kept'],
  ['payload-not-json', () => Kept(new Date(0)), 'Kept'],
  ['payload-not-json', () => Kept(1, { metadata: untyped({ at: new Date(0) }) }), 'Kept'],
  ['payload-number', () => Kept({ kcal: Number.NaN }), 'Kept'],
  ['payload-cycle', () => Kept(cycle), 'Kept'],
  ['payload-depth', () => Kept(deep(65)), 'Kept'],
  ['payload-keys', () => Kept(new Array(10_001).fill(0)), 'Kept'],
  ['key-forbidden', () => Kept(JSON.parse('{"__proto__":1}')), 'Kept'],
  ['text-invalid', () => Kept('\ud800'), 'Kept'],
  ['stream-name', () => kept({ stream: 'no name' }), 'Kept'],
  ['id-invalid', () => kept({ id: 'x' }), 'Kept'],
  ['id-duplicate', () => kept({ id: uuid(1) }), 'Kept'],
  ['event-too-large', () => Kept('x'.repeat(256 * 1024)), 'Kept'],
]

/** Two good ones in front, the first of which has an id of its own. */
const among = (event: unknown): NewEvent[] => [kept({ id: uuid(1) }), Sized({ kcal: 1 }), untyped(event), Kept('z')]
const told = (code: LarderErrorCode, type: string) => ({
  code,
  details: { type, event: 2 },
  message: expect.stringMatching(new RegExp(`^Event 2\\b.*\\b${type}\\b`)),
})

describe('C97: what is wrong with one event of several says which one', () => {
  it.each(bad)('%s, in append', async (code, make, type) => {
    expect(await failureOf(() => prepared(among(make()), {}, domain.catalog))).toMatchObject(told(code, type))
  })

  it.each(bad)('%s, in appendAll, where it counts from the first of all commits', async (code, make, type) => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain })
    const batchSize = code === 'id-duplicate' ? 4 : 2
    expect(await failureOf(() => larder.appendAll(among(make()), { batchSize }))).toMatchObject(told(code, type))
    const second = [Kept('a'), kept({ id: uuid(1) }), kept({ id: uuid(1) })]
    expect(await failureOf(() => larder.appendAll([Kept('b'), Kept('c'), ...second], { batchSize: 3 }))).toMatchObject({
      details: { id: uuid(1), type: 'Kept', event: 4 },
    })
    await larder.close()
  })

  it('which is no event at all', async () => {
    expect(await failureOf(() => prepared(among(null), {}, domain.catalog))).toMatchObject({
      code: 'argument',
      details: { argument: 'events', event: 2 },
      message: expect.stringContaining('Event 2'),
    })
  })

  it('with the path within it as before, and its cause', async () => {
    const { details, message } = await failureOf(() => prepared(among(Kept({ kcal: Number.NaN })), {}, domain.catalog))
    expect(details).toEqual({ path: 'data.kcal', value: 'NaN', type: 'Kept', event: 2 })
    expect(message).toBe('Event 2 (Kept): data.kcal is NaN: use null or leave it out')
  })

  it('when it is applied to an aggregate: the how manieth it would have been', async () => {
    const things = defineAggregate('things', {
      stream: (id) => `things-${id}`,
      events: [Sized],
      initial: () => 0,
      evolve: { Sized: (n) => n + 1 },
      commands: {},
    })
    const own = defineDomain({ version: '1', events: [Kept, Sized], aggregates: [things] })
    const larder = await new Device(1, new VirtualClock()).openTab({ domain: own })
    const draft = await larder.edit(things, 'a')
    draft.apply(Sized({ kcal: 1 }))
    for (const wrong of [
      Sized({ kcal: Number.NaN }),
      untyped<ReturnType<typeof Sized>>(Kept(1)),
      Sized({ kcal: 1 }, { stream: 'x' }),
    ])
      expect(await failureOf(() => draft.apply(wrong))).toMatchObject({
        details: { event: 1, type: wrong.type },
        message: expect.stringMatching(new RegExp(`^Event 1\\b.*${wrong.type}`)),
      })
    await larder.close()
  })

  it.each<[string, AppendOptions, LarderErrorCode]>([
    ['the id of the commit', { id: 'x' }, 'id-invalid'],
    ['the metadata of the whole append', { metadata: untyped({ at: new Date(0) }) }, 'payload-not-json'],
    ['a text in it', { metadata: untyped({ userId: 5 }) }, 'validation'],
  ])('unless it is %s', async (_, options, code) => {
    const failure = await failureOf(() => prepared([Kept('a'), Kept('b')], options, domain.catalog))
    expect(failure.code).toBe(code)
    expect(failure.message).not.toContain('Event 0')
    expect(failure.details).not.toMatchObject({ event: expect.anything() })
  })
})
