import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, type NewEvent } from '../../src/domain.ts'
import type { AppendOptions } from '../../src/event/prepare-commit.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { dumpDisk } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Kept = defineEvent('Kept', { version: 2, schema: z.unknown(), stream: () => 'kept' })
const Sized = defineEvent('Sized', { schema: z.object({ kcal: z.number().nonnegative() }), stream: () => 'kept' })
const count = defineProjection('count', {
  version: 1,
  events: [Kept, Sized],
  initial: () => 0,
  evolve: { Kept: (n) => n + 1, Sized: (n) => n + 1 },
})
const domain = defineDomain({ version: '1', events: [Kept, Sized], projections: [count] })

let device: Device
let larder: Larder

beforeEach(async () => {
  device = new Device(1, new VirtualClock())
  larder = await device.openTab({ domain })
  await larder.append(Kept('before'))
})

const untyped = <T>(value: unknown): T => value as T
const good = (): NewEvent => Kept({ fine: true })
const event = (change: object): NewEvent => untyped({ ...good(), ...change })
const cycle: unknown[] = []
cycle.push(cycle)
const deep = (levels: number): unknown => (levels === 0 ? 0 : [deep(levels - 1)])

/** JSON can say numbers that no computer counts by. */
function withExactNumbers(value: unknown): unknown {
  const text = JSON.stringify(value)
  return JSON.parse(text, (_, each: unknown) => (Number.isInteger(each) && !Number.isSafeInteger(each) ? 0 : each))
}

interface Row {
  readonly what: string
  readonly code: string
  readonly events: () => unknown
  readonly options: AppendOptions
}

const row = (what: string, code: string, events: () => unknown, options: AppendOptions = {}): Row => ({
  ...{ what, code, events, options },
})

const rows: readonly Row[] = [
  row('nothing', 'commit-empty', () => []),
  row('no event', 'argument', () => [good(), undefined]),
  row('no type', 'unknown-type', () => event({ type: undefined })),
  row('a type of nobody', 'unknown-type', () => event({ type: 'Kep' })),
  row('an old version', 'version-invalid', () => event({ version: 1 })),
  row('a version that is none', 'version-invalid', () => event({ version: -1 })),
  row('data beside the schema', 'validation', () => [good(), Sized({ kcal: -1 })]),
  row('a Date', 'payload-not-json', () => Kept({ at: new Date() })),
  row('a Map', 'payload-not-json', () => Kept(new Map())),
  row('a bigint', 'payload-not-json', () => Kept([1n])),
  row('a function', 'payload-not-json', () => Kept({ run: () => 1 })),
  row('a hole', 'payload-not-json', () => Kept([1, undefined])),
  row('NaN', 'payload-number', () => Kept({ kcal: Number.NaN })),
  row('an unsafe number', 'payload-number', () => Kept(2 ** 60)),
  row('a cycle', 'payload-cycle', () => Kept(cycle)),
  row('65 levels', 'payload-depth', () => Kept(deep(65))),
  row('10,001 items', 'payload-keys', () => Kept(new Array(10_001).fill(0))),
  row('half an emoji', 'text-invalid', () => Kept('👍'.slice(0, 1))),
  row('U+0000', 'text-invalid', () => Kept({ 'a\u0000': 1 })),
  row('a way to a prototype', 'key-forbidden', () => Kept(JSON.parse('{"__proto__":{"polluted":1}}'))),
  row('a stream that is no name', 'stream-name', () => event({ stream: 'no name' })),
  row('an id that is none', 'id-invalid', () => event({ id: 'x' })),
  row('a commit id that is none', 'id-invalid', good, { id: 'x' }),
  row('an id twice', 'id-duplicate', () => [event({ id: uuid(1) }), event({ id: uuid(1) })]),
  row('an event that is too large', 'event-too-large', () => [good(), Kept('x'.repeat(256 * 1024))]),
  row('too many events', 'commit-too-large', () => Array.from({ length: 1001 }, good)),
  row('an expectation that is none', 'argument', good, { expectedVersion: -1 }),
  row('an expectation of another stream', 'argument', good, { expectedVersion: { other: 1 } }),
  row('metadata that is none', 'payload-not-json', good, { metadata: untyped(new Date()) }),
  row('a version that the stream is not at', 'concurrency', good, { expectedVersion: 7 }),
]

describe('C97: an append of', () => {
  it.each(rows)('$what is refused by its code, and leaves everything as it was', async ({ code, events, options }) => {
    const seen = watch(larder.view(count))
    const fates = watch(larder.commits$)
    const before = await dumpDisk(device.disk)
    expect((await failureOf(() => larder.append(untyped<NewEvent>(events()), options))).code).toBe(code)
    await device.machine.clock.advance(100)
    expect(await dumpDisk(device.disk)).toEqual(before)
    expect([seen.all, fates.all.map(({ size }) => size)]).toEqual([[1], [0]])
    expect('polluted' in {}).toBe(false)
    // And the next one is stored as if nothing had been.
    expect((await larder.append(good())).position).toBe(2)
  })

  it('good events with a bad one among them stores none of them, wherever the bad one stands', async () => {
    const bad = fc.constantFrom<() => NewEvent>(
      () => Kept(Number.NaN),
      () => Kept(new Set()),
      () => Kept('\udfff'),
      () => Sized({ kcal: -5 }),
      () => event({ type: 'Nobody' }),
      () => event({ stream: '' }),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.nat(6), bad, async (front, back, one) => {
        const before = await dumpDisk(device.disk)
        const many = [...Array.from({ length: front }, good), one(), ...Array.from({ length: back }, good)]
        await failureOf(() => larder.append(many))
        expect(await dumpDisk(device.disk)).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })

  it('what was good stores exactly what JSON makes of it', async () => {
    let stored = 0
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }).map(withExactNumbers), async (value) => {
        const isStored = await larder.append(Kept(value)).then(
          () => true,
          () => false,
        )
        if (!isStored) return
        stored++
        const { events } = await larder.events({ direction: 'backward', limit: 1 })
        expect(JSON.stringify(events[0]?.data)).toBe(JSON.stringify(value))
      }),
      { numRuns: 100 },
    )
    expect(stored).toBeGreaterThan(50)
  })
})
