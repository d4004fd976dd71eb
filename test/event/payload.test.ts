import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, type JsonValue } from '../../src/domain.ts'
import { checkPayload } from '../../src/event/check-payload.ts'
import { EVENT_LIMITS } from '../../src/event/limits.ts'
import { unpackEvent } from '../../src/event/packed-events.ts'
import { failureOf } from '../support/failure.ts'
import { prepared } from '../support/prepared.ts'

const Anything = defineEvent('Anything', { schema: z.unknown(), stream: () => 'any' })
const { catalog } = defineDomain({ version: '1', events: [Anything] })

const prepare = (data: unknown) => prepared(Anything(data), {}, catalog)
const stored = (data: unknown): JsonValue => unpackEvent(prepare(data).events, 0).data

class Meal {
  readonly name = 'lunch'
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const notJson: readonly (readonly [kind: string, value: unknown])[] = [
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['a bigint', 10n],
  ['a RegExp', /x/],
  ['a Error', new Error('x')],
  ['a Meal', new Meal()],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a Blob', new Blob([])],
  ['a Uint8Array', new Uint8Array(2)],
  ['a Promise', Promise.resolve()],
  ['a Number', Object(1)],
  ['a String', Object('x')],
  ['a Menu', new (class Menu extends Array {})()],
  ['a class instance', Object.create({ constructor: null })],
]

describe('C92: data that JSON cannot carry', () => {
  it.each(notJson)('is refused where it stands: %s', async (kind, value) => {
    const deep = { items: [{}, {}, { eatenAt: value }] }
    const error = await failureOf(() => prepare(deep))
    expect(error).toMatchObject({ code: 'payload-not-json', details: { path: 'data.items[2].eatenAt', kind } })
    expect(error.message).toContain('data.items[2].eatenAt')
  })

  it('says what to use for a date', async () => {
    const { message } = await failureOf(() => prepare({ at: new Date(0) }))
    expect(message).toContain('ISO string')
  })

  it('is refused as a whole payload too', async () => {
    for (const value of [undefined, () => 1, new Date(0), 1n]) {
      expect(await failureOf(() => prepare(value))).toMatchObject({
        code: 'payload-not-json',
        details: { path: 'data' },
      })
    }
  })

  it('is refused in an array: undefined and holes', async () => {
    expect(await failureOf(() => prepare([1, undefined]))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'data[1]', kind: 'undefined' },
    })
    const sparse: unknown[] = [1]
    sparse[2] = 3
    expect(await failureOf(() => prepare({ sparse }))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'data.sparse[1]', kind: 'a hole in an array' },
    })
  })

  it('is refused where it would be computed: getters of objects and of arrays, which are not run', async () => {
    let ran = 0
    const get = () => ++ran
    expect(await failureOf(() => prepare(Object.defineProperty({}, 'x', { get, enumerable: true })))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'data.x', kind: 'a getter' },
    })
    expect(await failureOf(() => prepare(Object.defineProperty([1, 2], '1', { get, enumerable: true })))).toMatchObject(
      { code: 'payload-not-json', details: { path: 'data[1]', kind: 'a getter' } },
    )
    expect(ran).toBe(0)
  })

  it('is refused when reading it throws, as a proxy may', async () => {
    const hostile = new Proxy(
      { x: 1 },
      {
        ownKeys: () => {
          throw new Error('secret')
        },
      },
    )
    for (const value of [hostile, revoked()]) {
      const error = await failureOf(() => prepare({ value }))
      expect(error).toMatchObject({ code: 'payload-not-json', details: { path: 'data.value' } })
      expect(error.message).not.toContain('secret')
    }
  })

  it('is refused when a symbol is a key, and when an array has names beside its items', async () => {
    expect(await failureOf(() => prepare({ [Symbol('x')]: 1 }))).toMatchObject({ code: 'payload-not-json' })
    expect(await failureOf(() => prepare({ list: Object.assign([1], { total: 1 }) }))).toMatchObject({
      code: 'payload-not-json',
      details: { path: 'data.list.total' },
    })
  })

  it('is not what a plain proxy shows: it is read like the object behind it', () => {
    expect(stored(new Proxy({ x: [1, { y: null }] }, {}))).toEqual({ x: [1, { y: null }] })
  })
})

describe('C93: numbers', () => {
  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['9007199254740992', Number.MAX_SAFE_INTEGER + 1],
    ['-9007199254740992', Number.MIN_SAFE_INTEGER - 1],
    ['1e+308', 1e308],
  ])('that are not exact are refused: %s', async (text, value) => {
    expect(await failureOf(() => prepare({ kcal: value }))).toMatchObject({
      code: 'payload-number',
      details: { path: 'data.kcal', value: text },
    })
  })

  it('come back as they were, and −0 as 0', () => {
    const numbers = [0, 1, -1, 0.1, 5e-324, 1.5e300 / 3.1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER].filter(
      (value) => !Number.isInteger(value) || Number.isSafeInteger(value),
    )
    expect(stored(numbers)).toEqual(numbers)
    expect(Object.is((stored({ x: -0 }) as { x: number }).x, 0)).toBe(true)
  })
})

describe('C94: shape', () => {
  it('may share parts but not contain itself', async () => {
    const shared = { x: 1 }
    expect(stored({ a: shared, b: [shared] })).toEqual({ a: { x: 1 }, b: [{ x: 1 }] })
    const parent: Record<string, unknown> = {}
    parent['child'] = [{ back: parent }]
    expect(await failureOf(() => prepare({ parent }))).toMatchObject({
      code: 'payload-cycle',
      details: { path: 'data.parent.child[0].back' },
    })
  })

  it('may be 64 levels deep, and not 65', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) })
    expect(stored(nested(64))).toEqual(nested(64))
    expect(await failureOf(() => prepare(nested(65)))).toMatchObject({ code: 'payload-depth', details: { max: 64 } })
  })

  it('is refused without a stack overflow when it is very deep', async () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect((await failureOf(() => prepare(deep))).code).toBe('payload-depth')
  })

  it('may have 10,000 keys and items in all, and not one more', async () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]))
    expect(Object.keys(stored({ ...keys(9_998), list: [0] }) as object)).toHaveLength(9_999)
    expect(await failureOf(() => prepare({ ...keys(9_999), list: [0] }))).toMatchObject({
      code: 'payload-keys',
      details: { max: 10_000 },
    })
    expect((await failureOf(() => prepare(new Array(2 ** 32 - 1)))).code).toBe('payload-keys')
  })

  it('leaves out what is undefined, and what is not enumerable', () => {
    const data = Object.defineProperty({ a: undefined, b: 1 }, 'hidden', { value: 2, enumerable: false })
    expect(stored(data)).toEqual({ b: 1 })
    expect(Object.keys(stored(data) as object)).toEqual(['b'])
  })

  it('may have no prototype', () => {
    expect(stored(Object.assign(Object.create(null), { x: 1 }))).toEqual({ x: 1 })
  })
})

describe('C95: text', () => {
  it.each([
    ['U+0000', 'ab\u0000', 2],
    ['an unpaired high surrogate', 'a\ud800b', 1],
    ['an unpaired low surrogate', '\udc00', 0],
    ['surrogates in the wrong order', '👍\udc00\ud800', 2],
    ['a high surrogate at the end', '👍\ud83d', 2],
  ])('is refused with its place: %s', async (_, text, index) => {
    expect(await failureOf(() => prepare({ note: text }))).toMatchObject({
      code: 'text-invalid',
      details: { path: 'data.note', index },
    })
    expect((await failureOf(() => prepare({ [text]: 1 }))).code).toBe('text-invalid')
  })

  it('else comes back unit by unit', () => {
    const texts = [
      'é',
      'e\u0301',
      'مرحبا',
      '\u200b\u202e',
      '👩‍👩‍👧‍👦',
      '\u2028\u2029',
      '"\\/\b\n',
      '\uffff\ufeff',
      '\u0001',
    ]
    expect(stored(texts)).toEqual(texts)
  })
})

describe('C96: keys that reach a prototype', () => {
  const forbidden = ['__proto__', 'constructor', 'prototype']

  it.each(forbidden)('are refused in data and in metadata: %s', async (key) => {
    const evil: unknown = JSON.parse(`{"${key}":{"polluted":1}}`)
    expect(await failureOf(() => prepare({ deep: [evil] }))).toMatchObject({
      code: 'key-forbidden',
      details: { path: `data.deep[0].${key}`, key },
    })
    const metadata = JSON.parse(`{"${key}":{"polluted":1}}`)
    expect(await failureOf(() => prepared(Anything(1, { metadata }), {}, catalog))).toMatchObject({
      code: 'key-forbidden',
      details: { path: `metadata.${key}` },
    })
    expect(await failureOf(() => prepared(Anything(1), { metadata }, catalog))).toMatchObject({
      code: 'key-forbidden',
    })
    expect('polluted' in {}).toBe(false)
  })

  it('do not include those that only look like them', () => {
    expect(stored({ toString: 1, hasOwnProperty: 2, __proto: 3 })).toEqual({
      toString: 1,
      hasOwnProperty: 2,
      __proto: 3,
    })
  })
})

it('stores a copy: what happens to the object afterwards does not matter', () => {
  const data = { list: [1] }
  const copy = checkPayload(data, 'data')
  data.list.push(2)
  expect(copy).toEqual({ list: [1] })
  expect(EVENT_LIMITS.payloadDepth).toBe(64)
})
