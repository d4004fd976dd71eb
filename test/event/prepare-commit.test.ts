import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, type EventMetadata, type NewEvent } from '../../src/domain.ts'
import { EVENT_LIMITS } from '../../src/event/limits.ts'
import { countOf, eventText, unpackEvents } from '../../src/event/packed-events.ts'
import { type AppendOptions, type PreparedCommit, prepareCommit } from '../../src/event/prepare-commit.ts'
import { failureOf } from '../support/failure.ts'
import { Erased, Noted, noted } from '../support/notes.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { thorough } from '../support/thorough.ts'

/** What plain JavaScript may hand over where the types ask for something else. */
const untyped = <T>(value: unknown): T => value as T
const event = (change: object): NewEvent => untyped({ ...noted('x'), ...change })
const failure = (events: unknown, options: AppendOptions = {}) =>
  failureOf(() => prepared(untyped<NewEvent>(events), options))

describe('a commit', () => {
  it('has its id, its events with ids of their own, time, stream and checked data before it is stored', () => {
    const commit = prepared([noted('a', 'mon'), Erased({ text: 'a' }, { stream: 'other', id: uuid(7) })], {
      id: uuid(1),
    })
    expect(commit).toMatchObject({ id: uuid(1), expected: {} })
    const events = unpackEvents(commit.events)
    expect(commit.eventIds).toEqual(events.map(({ id }) => id))
    expect(events).toMatchObject([
      {
        type: 'Noted',
        version: 1,
        stream: 'notes',
        time: '2026-11-23T12:00:00.000Z',
        data: { text: 'a', days: ['mon'] },
      },
      { type: 'Erased', id: uuid(7), stream: 'other', metadata: {} },
    ])
  })

  const tidy = (schema: z.ZodType) => {
    const Said = defineEvent('Said', { schema, stream: () => 'talk' })
    const { catalog } = defineDomain({ version: '1', events: [Said], projections: [] })
    return (data: unknown) =>
      prepareCommit(untyped({ type: 'Said', version: 1, data }), {}, { catalog, now: () => 0, newId: () => uuid(3) })
  }

  it('is refused for a broken text although the schema would take it out, or would refuse something else', async () => {
    const taken = tidy(z.object({ text: z.string().transform((text) => text.toWellFormed()) }))
    const refused = tidy(z.object({ text: z.string().max(1) }))
    for (const say of [taken, refused])
      expect(await failureOf(() => say({ text: 'a\ud800' }))).toMatchObject({
        code: 'text-invalid',
        details: { path: 'data.text', index: 1 },
      })
  })

  it('may say in words what JSON would write as an escape', () => {
    const say = tidy(z.object({ text: z.string() }))
    const data = { text: 'C:\\users\\u0000 \u0001 \ud83d\udc4d' }
    expect(unpackEvents(say(data).events)[0]?.data).toEqual(data)
  })

  it('stores what the schema gives back: defaults filled in, unknown members left out', () => {
    const { events } = prepared(Noted(untyped({ text: 'a', extra: 1 })))
    expect(unpackEvents(events)[0]?.data).toEqual({ text: 'a', days: [] })
  })

  it('takes the stream of the event before that of the append, and that before the default of its definition', () => {
    const Loose = defineEvent('Loose', { schema: z.unknown() })
    const { catalog } = defineDomain({ version: '1', events: [Noted, Loose] })
    const streams = (...given: Parameters<typeof prepared>) =>
      unpackEvents(prepared(given[0], given[1], catalog).events).map(({ stream }) => stream)
    expect(streams([Noted({ text: 'a' }, { stream: 'own' }), noted('b'), Loose(1)], { stream: 'given' })).toEqual([
      'own',
      'given',
      'given',
    ])
    expect(streams(noted('b'))).toEqual(['notes'])
  })

  it('merges metadata: what the event carries wins', () => {
    const { events } = prepared(Noted({ text: 'a' }, { metadata: { userId: 'ann', tag: 1 } }), {
      metadata: { userId: 'bob', correlationId: 'c' },
    })
    expect(unpackEvents(events)[0]?.metadata).toEqual({ userId: 'ann', correlationId: 'c', tag: 1 })
  })

  it('needs at least one event', async () => {
    expect(await failure([])).toMatchObject({ code: 'commit-empty' })
  })

  it.each([[undefined], [null], ['Noted'], [7], [[undefined]], [[noted('a'), null]]])(
    'is not made of what is no event: %j',
    async (given) => {
      expect(await failure(given)).toMatchObject({ code: 'argument', details: { argument: 'events' } })
    },
  )
})

describe('C97: the type of an event', () => {
  it.each([
    [undefined],
    [null],
    [5],
    ['noted'],
    ['__proto__'],
    ['constructor'],
    [Symbol('Noted')],
    [Object.create(null)],
  ])('has to be in the domain: %s', async (type) => {
    const error = await failure(event({ type }))
    expect(error).toMatchObject({ code: 'unknown-type', details: { known: ['Noted', 'Erased'] } })
  })

  it.each([[undefined], [0], [-1], [1.5], [2], ['1'], [Number.NaN], [null]])(
    'comes with the version of today: not %s',
    async (version) => {
      expect(await failure(event({ version }))).toMatchObject({
        code: 'version-invalid',
        details: { type: 'Noted', version, current: 1 },
      })
    },
  )
})

describe('C97: the schema', () => {
  it('says what is wrong, where, and in which event', async () => {
    const error = await failure([noted('a'), Noted(untyped({ text: 5, days: ['mon', 6] }))])
    expect(error).toMatchObject({ code: 'validation', details: { type: 'Noted', event: 1 } })
    expect(error.details).toMatchObject({ issues: [{ path: 'text' }, { path: 'days.1' }] })
    expect(error.message).toContain('data.text')
  })

  it('has to answer at once', async () => {
    const Slow = defineEvent('Slow', { schema: z.string().refine(async () => true), stream: () => 's' })
    const standard = { '~standard': { version: 1 as const, vendor: 'x', validate: async () => ({ value: 1 }) } }
    const Later = defineEvent('Later', { schema: standard, stream: () => 's' })
    const { catalog } = defineDomain({ version: '1', events: [Slow, Later] })
    expect(await failureOf(() => prepared(Later(1), {}, catalog))).toMatchObject({ code: 'validation' })
    expect(await failureOf(() => prepared(Slow('x'), {}, catalog))).toMatchObject({ code: 'validation' })
  })

  it('may not make something of the data that cannot be stored', async () => {
    const Dated = defineEvent('Dated', { schema: z.string().transform(() => ({ at: new Date(0) })), stream: () => 's' })
    const { catalog } = defineDomain({ version: '1', events: [Dated] })
    expect(await failureOf(() => prepared(untyped<NewEvent>(Dated('x')), {}, catalog))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'data.at', kind: 'a Date' },
    })
  })
})

describe('metadata', () => {
  it.each([[new Date(0)], [new Map()], ['text'], [[1]], [5], [true], [() => 1]])(
    'is a plain object, not %s',
    async (value) => {
      const metadata = untyped<EventMetadata>(value)
      for (const given of [
        () => prepared(Noted({ text: 'a' }, { metadata })),
        () => prepared(noted('a'), { metadata }),
      ]) {
        expect(await failureOf(given)).toMatchObject({ code: 'payload-not-json', details: { path: 'metadata' } })
      }
    },
  )

  it('is not computed', async () => {
    const metadata = Object.defineProperty({}, 'x', { get: () => 1, enumerable: true })
    expect(await failure(Noted({ text: 'a' }, { metadata }))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'metadata.x' },
    })
  })

  it.each(['userId', 'correlationId', 'causationId'])(
    'has text for %s: a server would refuse anything else',
    async (name) => {
      const metadata = untyped<EventMetadata>({ [name]: 5 })
      expect(await failure(Noted({ text: 'a' }, { metadata }))).toMatchObject({
        code: 'validation',
        details: { issues: [{ path: `metadata.${name}` }] },
      })
    },
  )
})

describe('names and ids', () => {
  const names = ['', ' ', 'a b', 'ü', 'a/b', 'a\u200b', 'a\n', '\u202ea', 'x'.repeat(129), 5, {}, 10n, Symbol('s')]

  it.each(names.map((name) => [name]))('refuse a stream that is no name: %s', async (stream) => {
    expect(await failure(event({ stream }))).toMatchObject({ code: 'stream-name', details: { stream } })
  })

  it('take a stream of 128 letters, digits, dots, underscores, colons and dashes', () => {
    for (const stream of ['a', 'A.b_c:d-9', 'x'.repeat(128), '__proto__', 'constructor']) {
      expect(prepared(event({ stream })).events.streams).toEqual([stream])
    }
  })

  it('miss a stream that nobody gave', async () => {
    const Loose = defineEvent('Loose', { schema: z.unknown() })
    const { catalog } = defineDomain({ version: '1', events: [Loose] })
    expect(await failureOf(() => prepared(Loose(1), {}, catalog))).toMatchObject({ code: 'stream-name' })
  })

  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const ids = ['', 'x', uuid(1).toUpperCase(), `${uuid(1)} `, 5, {}, 10n, Symbol('i'), cyclic]

  it.each(ids.map((id) => [id]))('refuse an id that is no lower-case UUID: %s', async (id) => {
    expect(await failure(event({ id }))).toMatchObject({ code: 'id-invalid', details: { id } })
    expect(await failure(noted('x'), untyped({ id }))).toMatchObject({ code: 'id-invalid', details: { id } })
  })

  it('refuse two events of one append with the same id', async () => {
    const twice = [Noted({ text: 'a' }, { id: uuid(1) }), Noted({ text: 'b' }, { id: uuid(1) })]
    expect(await failure(twice)).toMatchObject({ code: 'id-duplicate', details: { id: uuid(1) } })
  })
})

describe('expectedVersion', () => {
  const expected = (value: unknown, streams = ['s']): PreparedCommit['expected'] =>
    prepared(
      streams.map((stream) => event({ stream })),
      untyped({ expectedVersion: value }),
    ).expected

  it('is kept by stream, and left out where it is any', () => {
    expect(expected(undefined)).toEqual({})
    expect(expected('any')).toEqual({})
    expect(expected('noStream')).toEqual({ s: 'noStream' })
    expect(expected('streamExists')).toEqual({ s: 'streamExists' })
    expect(expected(3)).toEqual({ s: 3 })
    expect(expected({ a: 1, b: 'any' }, ['a', 'b'])).toEqual({ a: 1 })
  })

  it('counts for a stream of any name', () => {
    for (const stream of ['__proto__', 'constructor', 'toString']) {
      expect(Object.entries(expected(2, [stream]))).toEqual([[stream, 2]])
      expect(Object.entries(expected({ [stream]: 2 }, [stream, 'other']))).toEqual([[stream, 2]])
    }
  })

  it.each([
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['3'],
    ['Any'],
    [true],
    [null],
    [5n],
    [[1]],
    [Symbol('v')],
  ])('is refused when it is %s', async (value) => {
    const error = await failureOf(() => expected(value))
    expect(error).toMatchObject({ code: 'argument', details: { argument: 'expectedVersion' } })
    const inMap = await failureOf(() => expected({ s: value }))
    expect(inMap).toMatchObject({ code: 'argument', details: { argument: 'expectedVersion' } })
  })

  it('has to be a map when the commit has several streams, and names only those', async () => {
    expect(await failureOf(() => expected(3, ['a', 'b']))).toMatchObject({ code: 'argument' })
    expect(await failureOf(() => expected({ a: 1, c: 1 }, ['a', 'b']))).toMatchObject({ code: 'argument' })
  })
})

describe('C28: the size', () => {
  /** An event whose JSON is exactly this long. */
  const ofBytes = (bytes: number, letter = 'x'): NewEvent => {
    const make = (count: number) => Noted({ text: letter.repeat(count) }, { id: uuid(1) })
    const empty = Buffer.byteLength(eventText(prepared(make(0)).events, 0))
    const count = Math.floor((bytes - empty) / Buffer.byteLength(letter))
    const filler = bytes - empty - count * Buffer.byteLength(letter)
    return Noted({ text: letter.repeat(count) + 'x'.repeat(filler) }, { id: uuid(1) })
  }

  it.each([
    ['x', 1],
    ['é', 2],
    ['€', 3],
    ['👍', 4],
  ])('of an event may be 256 KiB of UTF-8, and not one byte more: %s', async (letter) => {
    const max = 256 * 1024
    const { events } = prepared(ofBytes(max, letter))
    expect(Buffer.byteLength(eventText(events, 0))).toBe(max)
    expect(await failure(ofBytes(max + 1, letter))).toMatchObject({
      code: 'event-too-large',
      details: { type: 'Noted', bytes: max + 1, max },
    })
  })

  it('of an event of 1 MiB is told to the byte', async () => {
    expect(await failure(ofBytes(2 ** 20))).toMatchObject({
      code: 'event-too-large',
      details: { bytes: 2 ** 20, max: 256 * 1024 },
    })
  })

  it('of a commit may be 1,000 events, and not one more', async () => {
    const many = (count: number) => Array.from({ length: count }, () => noted('x'))
    expect(countOf(prepared(many(1000)).events)).toBe(1000)
    expect(await failure(many(1001))).toMatchObject({
      code: 'commit-too-large',
      details: { events: 1001, maxEvents: 1000 },
    })
  })

  it('of a commit may be 1 MiB of JSON, and not one byte more', async () => {
    const of = (lastBytes: number) => [
      ...Array.from({ length: 4 }, (_, n) => ({ ...ofBytes(200 * 1024, '€'), id: uuid(n + 1) })),
      { ...ofBytes(lastBytes, '€'), id: uuid(9) },
    ]
    const rest = EVENT_LIMITS.commitBytes - 4 * (200 * 1024 + 1) - 1
    const { body } = prepared(of(rest)).events
    expect(Buffer.byteLength(`[${body}]`)).toBe(EVENT_LIMITS.commitBytes + 1)
    expect((await failure(of(rest + 1))).code).toBe('commit-too-large')
  })

  it('is found out before the whole of a huge text is copied', async () => {
    expect((await failure(noted('x'.repeat(20_000_000)))).code).toBe('event-too-large')
  })

  it('is told exactly, also where the JSON would be longer than any text can be', async () => {
    const count = thorough(90_000_000, 2_000_000)
    const empty = Buffer.byteLength(eventText(prepared(noted('')).events, 0))
    const error = await failure(noted('\u0001'.repeat(count)))
    expect(error).toMatchObject({ code: 'event-too-large', details: { bytes: empty + 6 * count } })
  })
})
