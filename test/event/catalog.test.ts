import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, from, isLarderError, retireEvent, withMetadata } from '../../src/domain.ts'
import { EventCatalog } from '../../src/event/catalog.ts'
import type { DomainEvent } from '../../src/event/recorded-event.ts'

const V1 = z.object({ at: z.string() })
const Moved = defineEvent('Moved', {
  version: 3,
  schema: z.object({ day: z.string() }),
  upcast: {
    1: from(V1, (old) => ({ day: old.at.slice(0, 10) })),
    2: from(z.object({ broken: z.boolean() }), () => {
      throw new TypeError('secret')
    }),
  },
})
const catalog = new EventCatalog([Moved])
const stored = (version: number, data: unknown, type = 'Moved'): DomainEvent => ({
  id: 'id',
  type,
  version,
  stream: 's',
  data,
  time: 't',
  metadata: { userId: 'ann' },
})

describe('reading a stored event with the definitions of today', () => {
  it('gives it as it is in the current version', () => {
    const event = stored(3, { day: 'mon' })
    expect(catalog.read(event)).toEqual({ kind: 'events', events: [event] })
  })

  it('upcasts an older one, with everything else kept and the stored one untouched', () => {
    const event = stored(1, { at: '2026-11-23T12' })
    expect(catalog.read(event)).toEqual({
      kind: 'events',
      events: [{ ...event, version: 3, data: { day: '2026-11-23' } }],
    })
    expect(event).toEqual(stored(1, { at: '2026-11-23T12' }))
  })

  it.each([
    ['a type of a newer app', stored(1, {}, 'Teleported'), { kind: 'unknown-type' }],
    ['a version of a newer app', stored(4, {}), { kind: 'too-new', known: 3 }],
    ['data that does not fit the old schema', stored(1, { at: 5 }), { kind: 'unreadable', issues: [{ path: 'at' }] }],
    ['a version without an upcaster', stored(0, {}), { kind: 'unreadable', issues: [{ path: 'version' }] }],
    ['an upcaster that throws', stored(2, { broken: true }), { kind: 'unreadable' }],
  ])('says so, and does not throw: %s', (_, event, result) => {
    const read = catalog.read(event)
    expect(read).toMatchObject(result)
    expect(JSON.stringify(read)).not.toContain('secret')
  })
})

describe('a stored event that means something else today', () => {
  const Noted = defineEvent('Noted', { version: 2, schema: z.object({ text: z.string().min(1) }) })
  const Tagged = defineEvent('Tagged', { schema: z.object({ tag: z.string(), weight: z.unknown().default(1) }) })
  const Both = z.object({ day: z.string(), note: z.string(), tags: z.array(z.string()) })
  const Split = defineEvent('Split', {
    version: 6,
    schema: z.object({ day: z.string(), slot: z.enum(['am', 'pm']).default('am') }),
    upcast: {
      1: from(Both, [Noted, Tagged], ({ day, note, tags }, current) => [
        current({ day }),
        ...(note === '' ? [] : [Noted({ text: note })]),
        ...tags.map((tag) => Tagged({ tag })),
      ]),
      2: from(z.object({ text: z.string() }), [Noted], ({ text }) => [Noted({ text }, { stream: 'elsewhere' })]),
      3: from(z.object({ text: z.string() }), [Noted], ({ text }) => [Noted({ text })]),
      4: from(z.object({ n: z.number() }), [Tagged], ({ n }) => [Tagged({ tag: 'n', weight: new Map([[n, n]]) })]),
      5: from(z.object({ day: z.string() }), ({ day }) => ({ day, slot: 'pm' })),
    },
  })
  const Renamed = retireEvent('Renamed', {
    upcast: { 2: from(z.object({ text: z.string() }), [Noted], ({ text }) => [Noted({ text })]) },
  })
  const Gone = retireEvent('Gone')
  const today = new EventCatalog([Split, Noted, Tagged], [Renamed, Gone])
  const eventId = '0190aaaa-0000-7000-8000-000000000001'
  const old = (version: number, data: unknown, type = 'Split'): DomainEvent => ({
    ...stored(version, data, type),
    id: eventId,
  })
  const eventsOf = (event: DomainEvent) => {
    const read = today.read(event)
    return read.kind === 'events' ? read.events : read
  }

  it('becomes several, each checked against its schema, all in its place', () => {
    const place = { stream: 's', time: 't', metadata: { userId: 'ann' } }
    expect(eventsOf(old(1, { day: 'mon', note: 'good', tags: ['a', 'b'] }))).toEqual([
      { ...place, id: eventId, type: 'Split', version: 6, data: { day: 'mon', slot: 'am' } },
      { ...place, id: expect.any(String), type: 'Noted', version: 2, data: { text: 'good' } },
      { ...place, id: expect.any(String), type: 'Tagged', version: 1, data: { tag: 'a', weight: 1 } },
      { ...place, id: expect.any(String), type: 'Tagged', version: 1, data: { tag: 'b', weight: 1 } },
    ])
  })

  it('gives each an id of its own, the same at every reading, whatever else comes out', () => {
    const idsOf = (note: string) =>
      new Map(
        [eventsOf(old(1, { day: 'mon', note, tags: ['a', 'b'] }))]
          .flat()
          .flatMap((event) => ('id' in event ? [[`${event.type} ${JSON.stringify(event.data)}`, event.id]] : [])),
      )
    const ids = idsOf('good')
    expect(new Set(ids.values()).size).toBe(4)
    for (const id of ids.values())
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(idsOf('good')).toEqual(ids)
    const fewer = idsOf('')
    for (const [of, id] of fewer) expect(id).toBe(ids.get(of))
  })

  it('becomes one of another type, or none', () => {
    expect(eventsOf(old(2, { text: 'x' }, 'Renamed'))).toMatchObject([
      { id: eventId, type: 'Noted', data: { text: 'x' } },
    ])
    expect(eventsOf(old(1, { any: 'thing' }, 'Gone'))).toEqual([])
    expect(eventsOf(old(99, null, 'Gone'))).toEqual([])
    expect(eventsOf(old(5, { day: 'mon' }))).toMatchObject([{ data: { day: 'mon', slot: 'pm' } }])
  })

  it.each([
    ['names a stream of its own', old(2, { text: 'x' }), 'bare event'],
    ['does not fit the schema of today', old(3, { text: '' }), 'text'],
    ['is nothing that JSON can say', old(4, { n: 1 }), 'threw LarderError'],
    ['is of a version that nobody explained', old(1, {}, 'Renamed'), 'No upcaster'],
  ])('is unreadable where what comes out %s', (_, event, hint) => {
    const read = today.read(event)
    expect(read.kind).toBe('unreadable')
    expect(JSON.stringify(read)).toContain(hint)
  })

  it('is too new where its type was retired at an earlier version', () => {
    expect(today.read(old(3, {}, 'Renamed'))).toEqual({ kind: 'too-new', known: 2 })
  })

  it('is looked for under every type that it may be stored as', () => {
    expect(today.sourcesOf(new Set(['Noted']))).toEqual(new Set(['Noted', 'Split', 'Renamed']))
    expect(today.sourcesOf(new Set(['Tagged']))).toEqual(new Set(['Tagged', 'Split']))
    expect(today.sourcesOf(new Set(['Split']))).toEqual(new Set(['Split']))
  })

  it('cannot be appended any more where its type is retired, and is defined once', () => {
    expect(() => today.get('Gone')).toThrow(/retired/)
    expect(() => new EventCatalog([Noted], [retireEvent('Noted')])).toThrow(/defined twice/)
    expect(() => defineDomain({ version: '1', events: [Split, Noted] })).toThrow(/leads to Tagged/)
    expect(() => retireEvent('Gone', { upcast: {} })).toThrow(/mean/)
    expect(() => retireEvent('Gone', { upcast: { 0: from(z.unknown(), [Noted], () => []) } })).toThrow(/from 1/)
  })
})

describe('definitions', () => {
  it('are one to a type', () => {
    expect(() => new EventCatalog([Moved, defineEvent('Moved', { schema: z.unknown() })])).toThrow(/defined twice/)
  })

  it.each(['', 'a b', '1st', '__proto__', 'ü', 'x'.repeat(129), '-a'])(
    'refuse a type that is no name: "%s"',
    (type) => {
      expect(() => defineEvent(type, { schema: z.unknown() })).toThrow(/event type/)
    },
  )

  it.each([0, -1, 1.5, Number.NaN])('refuse %s as a version', (version) => {
    expect(() => defineEvent('A', { version, schema: z.unknown() })).toThrow(/whole numbers from 1/)
    expect(() =>
      defineEvent('A', { version: 2, schema: z.unknown(), upcast: { [version]: from(z.unknown(), String) } }),
    ).toThrow(/whole numbers from 1/)
  })

  it('refuse an upcaster that leads nowhere', () => {
    const upcast = { 2: from(z.unknown(), String) }
    expect(() => defineEvent('A', { version: 2, schema: z.unknown(), upcast })).toThrow(/leads nowhere/)
  })

  it('make events that do not change, with the options that were given', () => {
    const event = Moved({ day: 'mon' }, { stream: 's', metadata: { userId: 'ann' } })
    expect(event).toEqual({ type: 'Moved', version: 3, data: { day: 'mon' }, stream: 's', metadata: { userId: 'ann' } })
    expect(Object.isFrozen(event)).toBe(true)
    expect(withMetadata(event, { correlationId: 'c' }).metadata).toEqual({ userId: 'ann', correlationId: 'c' })
    expect(event.metadata).toEqual({ userId: 'ann' })
  })

  it('tell their errors by the code, in every realm', () => {
    const foreign = Object.assign(new Error('x'), { name: 'LarderError', code: 'closed' })
    expect(isLarderError(foreign, 'closed')).toBe(true)
    expect(isLarderError(foreign, 'argument')).toBe(false)
    expect([isLarderError(new Error('closed')), isLarderError({ code: 'closed' }), isLarderError(undefined)]).toEqual([
      false,
      false,
      false,
    ])
  })
})
