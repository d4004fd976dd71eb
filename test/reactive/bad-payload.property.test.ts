import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, isLarderError, type NewEvent } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { dumpDisk } from '../support/open-store.ts'
import { uuid } from '../support/prepared.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Kept = defineEvent('Kept', { schema: z.unknown(), stream: () => 'kept' })
const texts = defineProjection('texts', {
  version: 1,
  events: [Kept],
  initial: (): readonly unknown[] => [],
  evolve: { Kept: (all, { data }) => [...all, data] },
})
const domain = defineDomain({ version: '1', events: [Kept], projections: [texts] })
const untyped = <T>(value: unknown): T => value as T

type Step = string | number
const step: fc.Arbitrary<Step> = fc.oneof(fc.nat(3), fc.stringMatching(/^[a-z]{1,5}$/))

/** A value with `planted` in it, and the path that leads there. */
function plant(planted: unknown, steps: readonly Step[]): { value: unknown; path: string } {
  return steps.reduceRight<{ value: unknown; path: string }>(
    ({ value, path }, each) =>
      typeof each === 'number'
        ? { value: [...Array.from({ length: each }, () => 0), value], path: `[${each}]${path}` }
        : { value: { before: 1, [each]: value, behind: 'x' }, path: `.${each}${path}` },
    { value: planted, path: '' },
  )
}

class Meal {
  readonly name = 'lunch'
}
const cyclic = (): unknown => {
  const value: Record<string, unknown> = { child: {} }
  value['child'] = { parent: value }
  return value
}
const nested = (levels: number): unknown => (levels === 0 ? 0 : { in: nested(levels - 1) })

/** By row of the catalogue: what is planted, and what it is refused as. */
const planted: Readonly<Record<string, readonly (readonly [code: string, make: () => unknown])[]>> = {
  'C92: what JSON cannot carry': [
    ...[
      () => new Date(0),
      () => new Map([[1, 2]]),
      () => new Set([1]),
      () => 10n,
      () => /x/,
      () => new Error('x'),
      () => new Meal(),
      () => () => 1,
      () => Symbol('x'),
      () => new Blob(['x']),
      () => new Uint8Array(1),
      () => [undefined],
      () => new Array(2),
      () => Object.defineProperty({}, 'kcal', { enumerable: true, get: () => 1 }),
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new TypeError('secret')
            },
          },
        ),
    ].map((make) => ['payload-not-json', make] as const),
  ],
  'C93: numbers that JSON cannot carry': [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 53,
    -(2 ** 53),
    1e300,
  ].map((value) => ['payload-number', () => value] as const),
  'C94: shapes that JSON cannot carry': [
    ['payload-cycle', cyclic],
    ['payload-depth', () => nested(70)],
    ['payload-depth', () => nested(5000)],
    ['payload-keys', () => new Array(10_001).fill(0)],
    ['payload-keys', () => Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [n, n]))],
  ],
  'C95: text that cannot be stored everywhere': ['\ud800', '\udc00', 'a\u0000', '👍'.slice(1), 'ok\ud83dok'].map(
    (value) => ['text-invalid', () => value] as const,
  ),
  'C96: keys that reach a prototype': [
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"prototype":1}',
  ].map((text) => ['key-forbidden', () => JSON.parse(text)] as const),
}

describe.each(Object.entries(planted))('%s', (_, values) => {
  it('is refused wherever it stands in data or metadata of a commit, by its path, and changes nothing', async () => {
    const device = new Device(1, new VirtualClock())
    const larder = await device.openTab({ domain })
    await larder.append([Kept('before'), Kept({ text: 'too' })])
    const states = await larder.get(texts)
    const before = await dumpDisk(device.disk)
    const events = (await larder.events()).events
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...values),
        fc.array(step, { maxLength: 5 }),
        fc.constantFrom('data' as const, 'metadata' as const),
        fc.nat(2),
        async ([code, make], steps, where, front) => {
          const { value, path } = plant(make(), where === 'data' ? steps : ['own', ...steps])
          const bad = where === 'data' ? Kept(value) : Kept('fine', { metadata: untyped(value) })
          const append = () => larder.append([...Array.from({ length: front }, () => Kept('good')), bad, Kept('good')])
          const failure = await failureOf(append)
          if (!isLarderError(failure)) throw failure
          expect(failure.code).toBe(code)
          const at = (failure.details as { path: string }).path
          expect(at.startsWith(`${where}${path}`)).toBe(true)
          expect(failure.details).toMatchObject({ type: 'Kept', event: front })
          expect(failure.message.startsWith(`Event ${front} (Kept): ${at}`)).toBe(true)
          expect(failure.message).not.toContain('secret')
        },
      ),
      { numRuns: 150 },
    )
    expect(await dumpDisk(device.disk)).toEqual(before)
    expect(await larder.get(texts)).toEqual(states)
    expect((await larder.events()).events).toEqual(events)
    for (const each of [{}, [], () => 1]) expect('polluted' in each).toBe(false)
    expect((await larder.append(Kept('after'))).position).toBe(3)
    await larder.close()
  })
})

describe('C93: −0', () => {
  it('is stored as 0', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain })
    await larder.append(Kept({ kcal: -0 }))
    const { events } = await larder.events()
    expect(events[0]?.data).toStrictEqual({ kcal: 0 })
    await larder.close()
  })
})

describe('C94: bad shapes', () => {
  it('are found out before a person notices', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain })
    for (const value of [nested(8000), new Array(1_000_000).fill(0), cyclic()]) {
      const event = Kept(value)
      const begun = performance.now()
      await failureOf(() => larder.append(event))
      expect(performance.now() - begun).toBeLessThan(500)
    }
    await larder.close()
  })
})

describe('C95: text', () => {
  it('comes back unit by unit, also where two texts look the same', async () => {
    const device = new Device(1, new VirtualClock())
    const larder = await device.openTab({ domain })
    const all = [
      'é'.normalize('NFC'),
      'é'.normalize('NFD'),
      'ab\u202ec',
      'a\u200bb',
      '👨‍👩‍👧',
      '\ufeffx',
      '\uffff',
      '\u{10ffff}',
    ]
    await larder.append(all.map((text) => Kept({ [text]: text })))
    await larder.close()
    const again = await device.openTab({ domain })
    expect((await again.events()).events.map(({ data }) => data)).toEqual(all.map((text) => ({ [text]: text })))
    await again.close()
  })

  it('that no name may have is refused in streams', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain })
    for (const stream of ['a\u202eb', 'a\u200b', 'é', 'x'.repeat(129), '', 'a/b', '👍'])
      expect(await failureOf(() => larder.append(Kept('x', { stream })))).toMatchObject({ code: 'stream-name' })
    await larder.close()
  })
})

/** What is wrong about an event beside its data and metadata, and what that is refused as. */
const misnamed: fc.Arbitrary<readonly [code: string, change: object]> = fc.oneof(
  fc
    .oneof(fc.string(), fc.constantFrom('__proto__', 'kept', undefined, null, 7))
    .filter((type) => type !== 'Kept')
    .map((type) => ['unknown-type', { type }] as const),
  fc
    .oneof(fc.integer(), fc.double(), fc.constantFrom('1', undefined, null))
    .filter((version) => version !== 1)
    .map((version) => ['version-invalid', { version }] as const),
  fc
    .oneof(fc.string({ unit: 'binary' }), fc.nat(), fc.constant('x'.repeat(129)))
    .filter((stream) => typeof stream !== 'string' || !/^[A-Za-z0-9._:-]{1,128}$/.test(stream))
    .map((stream) => ['stream-name', { stream }] as const),
  fc.oneof(fc.string(), fc.nat(), fc.constant(uuid(1).toUpperCase())).map((id) => ['id-invalid', { id }] as const),
  fc.nat(9).map((n) => ['id-duplicate', { id: uuid(500 + n) }] as const),
)
const misexpected: fc.Arbitrary<readonly [code: string, expectedVersion: unknown]> = fc.oneof(
  fc.nat().map((version) => ['concurrency', version + 2] as const),
  fc.constantFrom('noStream', 0).map((expected) => ['concurrency', expected] as const),
  fc
    .oneof(fc.string(), fc.double({ noInteger: true }), fc.integer({ max: -1 }), fc.constant(null))
    .filter((expected) => !['any', 'noStream', 'streamExists'].includes(String(expected)))
    .map((expected) => ['argument', expected] as const),
  fc.nat().map((version) => ['argument', { other: version }] as const),
)

/** A store with one event, which has to be all there is at the end, and whose next append has to be the second. */
async function refusing(work: (larder: Larder) => Promise<void>): Promise<void> {
  const device = new Device(1, new VirtualClock())
  const larder = await device.openTab({ domain })
  await larder.append(Kept('before'))
  const [before, states] = [await dumpDisk(device.disk), await larder.get(texts)]
  await work(larder)
  expect(await dumpDisk(device.disk)).toEqual(before)
  expect(await larder.get(texts)).toEqual(states)
  expect((await larder.append(Kept('after'))).position).toBe(2)
  await larder.close()
}

describe('C97: names, versions and ids', () => {
  it('that are wrong are refused by their code and a sentence, wherever the event stands, and nothing is stored', () =>
    refusing(async (larder) => {
      await fc.assert(
        fc.asyncProperty(misnamed, fc.nat(4), fc.nat(4), async ([code, change], front, behind) => {
          const good = (count: number) => Array.from({ length: count }, () => Kept('good'))
          const bad = untyped<NewEvent>({ ...Kept('bad'), ...change })
          // An id is there twice where another event has it too.
          const twin = code === 'id-duplicate' ? [untyped<NewEvent>({ ...Kept('twin'), ...change })] : []
          const failure = await failureOf(() => larder.append([...good(front), bad, ...twin, ...good(behind)]))
          expect(failure).toMatchObject({ name: 'LarderError', code })
          expect(failure.message).toMatch(/^.{20,}/)
          const [[name, value] = ['', undefined]] = Object.entries(change)
          expect(failure.details).toMatchObject({ event: front + twin.length })
          if (typeof value === 'string' && name !== 'type') expect(failure.details).toMatchObject({ [name]: value })
        }),
        { numRuns: 200 },
      )
    }))

  it('that were used for something else are refused', async () => {
    const device = new Device(1, new VirtualClock())
    const larder = await device.openTab({ domain })
    await larder.append(Kept('a'), { id: uuid(1) })
    const before = await dumpDisk(device.disk)
    expect(await failureOf(() => larder.append(Kept('b'), { id: uuid(1) }))).toMatchObject({
      code: 'id-reused',
      details: { id: uuid(1) },
    })
    expect(await dumpDisk(device.disk)).toEqual(before)
    await larder.close()
  })

  it('that were misspelt are told what may be meant', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain })
    const misspelt: NewEvent = { ...Kept('x'), type: 'Ketp' }
    const failure = await failureOf(() => larder.append(misspelt))
    expect(failure).toMatchObject({ code: 'unknown-type', details: { type: 'Ketp', close: ['Kept'] } })
    expect(failure.message).toContain('did you mean Kept?')
    await larder.close()
  })
})

describe('C99: what an append expects', () => {
  it('and is not so, or could never be, is refused by its code, and nothing is stored', () =>
    refusing(async (larder) => {
      await fc.assert(
        fc.asyncProperty(misexpected, fc.nat(3), async ([code, expectedVersion], more) => {
          const events = Array.from({ length: more + 1 }, () => Kept('late'))
          const failure = await failureOf(() => larder.append(events, untyped({ expectedVersion })))
          expect(failure).toMatchObject({ name: 'LarderError', code })
          if (code === 'concurrency')
            expect(failure.details).toMatchObject({ stream: 'kept', expected: expectedVersion, actual: 1 })
          else expect(failure.details).toEqual({ argument: 'expectedVersion' })
        }),
        { numRuns: 150 },
      )
    }))
})

describe('C99: appends that nobody waited for', () => {
  it('are stored or refused as closed, whenever the store is closed behind them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(40), fc.nat(6), async (count, turns, late) => {
        const device = new Device(1, new VirtualClock())
        const larder = await device.openTab({ domain })
        const stored: unknown[] = []
        const append = (n: number) =>
          larder.append(Kept(n)).then(
            () => void stored.push(n),
            (error: unknown) => expect(error).toMatchObject({ code: 'closed' }),
          )
        const settled = Array.from({ length: count }, (_, n) => append(n))
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        const closed = larder.close()
        settled.push(...Array.from({ length: late }, (_, n) => append(100 + n)))
        await Promise.all([closed, ...settled])
        const again = await device.openTab({ domain })
        expect(await again.get(texts)).toEqual(stored)
        expect(stored.filter((n) => Number(n) >= 100)).toEqual([])
        await again.close()
      }),
      { numRuns: 60 },
    )
  })
})
