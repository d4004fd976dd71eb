import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  correlationOf,
  defineDomain,
  defineEvent,
  from,
  fromCloudEvent,
  isLarderError,
  type JsonValue,
  type RecordedEvent,
  retireEvent,
  toCloudEvent,
} from '../../src/domain.ts'
import { failureOf } from '../support/failure.ts'
import { uuid } from '../support/prepared.ts'

const Anything = defineEvent('Anything', {
  version: 2,
  schema: z.json(),
  upcast: { 1: from(z.string(), (old) => [old]) },
})
const Noted = defineEvent('Noted', { schema: z.object({ text: z.string() }), stream: ({ text }) => `note-${text}` })
const domain = defineDomain({ version: '1', events: [Anything, Noted], retired: [retireEvent('Gone')] })
const source = 'https://example.com/nutrition'

const key = fc.string({ unit: 'binary' }).filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\u0085', '\n', '\u{1fffe}', 'ann'))
  .filter((each) => !each.includes('\u0000'))
const clean = (name: string) => name.isWellFormed() && !name.includes('\u0000')
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key.filter(clean), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((each) => each.toISOString())
const recorded: fc.Arbitrary<RecordedEvent> = fc.record({
  id: fc.nat().map(uuid),
  type: fc.constant('Anything'),
  version: fc.constant(2),
  stream: fc.stringMatching(/^[A-Za-z0-9._:-]{1,12}$/),
  data: json,
  time,
  metadata: fc
    .tuple(
      fc.record({ userId: text, correlationId: text, causationId: text }, { requiredKeys: [] }),
      fc.dictionary(key.filter(clean), json, { maxKeys: 3, noNullPrototype: true }),
    )
    .map(([named, rest]) => ({ ...rest, ...named }))
    .filter(({ userId, correlationId, causationId }) =>
      [userId, correlationId, causationId].every((each) => each === undefined || typeof each === 'string'),
    ),
  commitId: fc.nat().map(uuid),
  position: fc.oneof(
    fc.constant(undefined),
    fc.maxSafeNat().map((n) => Math.max(1, n)),
  ),
  receivedAt: fc.oneof(fc.constant(undefined), time),
})

describe('a CloudEvent', () => {
  it('comes back as the event that it was made of, with its correlation written down', () => {
    fc.assert(
      fc.property(recorded, fc.constantFrom('', 'com.example.'), (event, typePrefix) => {
        const sent: unknown = JSON.parse(JSON.stringify(toCloudEvent(event, { source, typePrefix })))
        expect(fromCloudEvent(sent, domain, { typePrefix })).toEqual([
          { ...event, source, metadata: { ...event.metadata, correlationId: correlationOf(event) } },
        ])
      }),
      { numRuns: 500 },
    )
  })

  it('holds to the types and names of the standard', () => {
    fc.assert(
      fc.property(recorded, (event) => {
        for (const [name, value] of Object.entries(toCloudEvent(event, { source }))) {
          expect(name).toMatch(/^[a-z0-9]{1,20}$/)
          if (name === 'data') continue
          if (typeof value === 'number') expect(Math.abs(value)).toBeLessThan(2 ** 31)
          else {
            expect(value).not.toBe('')
            // Neither control characters, nor what is no character.
            expect(value).not.toMatch(/[\p{Cc}\p{Noncharacter_Code_Point}\p{Cs}]/u)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('of somewhere else is read by what it says', () => {
    const foreign = {
      specversion: '1.0',
      id: 'A234-1234-1234',
      source: '/mycontext',
      type: 'Noted',
      time: '2018-04-05T17:31:00.5+02:00',
      comexampleextension1: 'value',
      comexampleothervalue: 5,
      subject: null,
      data: { text: 'x', more: 1 },
    }
    const [event] = fromCloudEvent(foreign, domain)
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'Noted',
      version: 1,
      stream: 'note-x',
      time: '2018-04-05T15:31:00.500Z',
      data: { text: 'x' },
      metadata: {},
      source: '/mycontext',
      commitId: undefined,
      position: undefined,
      receivedAt: undefined,
    })
    expect(fromCloudEvent(foreign, domain)[0]?.id).toBe(event?.id)
    expect(fromCloudEvent({ ...foreign, source: '/other' }, domain)[0]?.id).not.toBe(event?.id)
  })

  it('of an older version is read as what it means today', () => {
    const [event] = fromCloudEvent({ ...sample, type: 'Anything', schemaversion: 1, data: 'x' }, domain)
    expect(event).toMatchObject({ version: 2, data: ['x'] })
    expect(fromCloudEvent({ ...sample, type: 'Gone', data: 1 }, domain)).toEqual([])
  })

  const sample = {
    specversion: '1.0',
    id: uuid(1),
    source,
    type: 'Noted',
    subject: 'notes',
    time: '2026-11-23T12:00:00Z',
    data: { text: 'x' },
  }

  it.each<[string, unknown, string, Record<string, unknown>?]>([
    ['no object', 'text', 'cloud-event-invalid', { attribute: 'specversion' }],
    ['of version 0.3', { ...sample, specversion: '0.3' }, 'cloud-event-invalid', { attribute: 'specversion' }],
    ['without id', { ...sample, id: '' }, 'cloud-event-invalid', { attribute: 'id' }],
    ['without source', { ...sample, source: undefined }, 'cloud-event-invalid', { attribute: 'source' }],
    ['with a source of several words', { ...sample, source: 'a b' }, 'cloud-event-invalid', { attribute: 'source' }],
    ['without type', { ...sample, type: 5 }, 'cloud-event-invalid', { attribute: 'type' }],
    ['without time', { ...sample, time: null }, 'cloud-event-invalid', { attribute: 'time' }],
    ['of no time', { ...sample, time: 'yesterday' }, 'cloud-event-invalid', { attribute: 'time' }],
    ['without data', { ...sample, data: undefined }, 'cloud-event-invalid', { attribute: 'data' }],
    ['of binary data', { ...sample, data_base64: 'AA==' }, 'cloud-event-invalid', { attribute: 'data_base64' }],
    ['of XML', { ...sample, datacontenttype: 'text/xml' }, 'cloud-event-invalid', { attribute: 'datacontenttype' }],
    ['with a name in capitals', { ...sample, userId: 'ann' }, 'cloud-event-invalid', { attribute: 'userId' }],
    ['with an attribute that is an object', { ...sample, extra: {} }, 'cloud-event-invalid', { attribute: 'extra' }],
    [
      'with a version that is none',
      { ...sample, schemaversion: 0.5 },
      'cloud-event-invalid',
      { attribute: 'schemaversion' },
    ],
    ['with a position that is none', { ...sample, position: '-1' }, 'cloud-event-invalid', { attribute: 'position' }],
    ['with metadata that are no JSON', { ...sample, metadata: '{' }, 'cloud-event-invalid', { attribute: 'metadata' }],
    [
      'with metadata that pollute',
      { ...sample, metadata: '{"__proto__":1}' },
      'key-forbidden',
      { path: 'metadata.__proto__' },
    ],
    ['with a user that is a number', { ...sample, userid: 5 }, 'validation'],
    ['of an unknown type', { ...sample, type: 'Other' }, 'unknown-type', { type: 'Other' }],
    ['of a newer version', { ...sample, schemaversion: 2 }, 'version-invalid', { current: 1, version: 2 }],
    ['of other data', { ...sample, data: { text: 5 } }, 'validation'],
    ['of a stream that is none', { ...sample, subject: 'a b' }, 'stream-name'],
    ['of data that is no JSON', { ...sample, data: { text: new Date(0) } }, 'payload-not-json'],
  ])('%s is refused', async (_, given, code, details = {}) => {
    const failure = await failureOf(() => fromCloudEvent(given, domain))
    expect(failure).toMatchObject({ code, details })
  })

  it('is read, or refused with an error of Larder, whatever is given', () => {
    const attributes = [
      'id',
      'source',
      'type',
      'time',
      'subject',
      'schemaversion',
      'position',
      'metadata',
      'userid',
      'data',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...attributes), fc.anything(), (name, value) => {
        try {
          fromCloudEvent({ ...sample, [name]: value }, domain)
        } catch (error) {
          expect(isLarderError(error)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('has a source', () => {
    const event = { ...fromCloudEvent(sample, domain)[0] } as RecordedEvent
    for (const wrong of ['', 'a b', 5 as unknown as string])
      expect(() => toCloudEvent(event, { source: wrong })).toThrow(/source/)
  })
})
