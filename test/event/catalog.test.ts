import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineEvent, from, isLarderError, withMetadata } from '../../src/domain.ts'
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
