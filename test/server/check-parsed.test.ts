import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkParsed } from '../../server/core/check-parsed.ts'
import { LarderError } from '../../src/errors.ts'
import { checkPayload } from '../../src/event/check-payload.ts'
import { thorough } from '../support/thorough.ts'

/** What a check gives, or how it refuses. */
function outcomeOf(check: () => unknown): unknown {
  try {
    return { value: check() }
  } catch (error) {
    if (error instanceof LarderError) return { code: error.code, details: error.details }
    throw error
  }
}

const both = (json: string): readonly [unknown, unknown] => [
  outcomeOf(() => checkParsed(JSON.parse(json), json, 'data')),
  outcomeOf(() => checkPayload(JSON.parse(json), 'data')),
]

describe('checkParsed', () => {
  it('says of all that JSON.parse gives what checkPayload says', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', 'a'))
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('-0', '0', '1e400', '9007199254740993', '0.5', '"\\u0000"', '"\\ud800"', '"😀"', 'null', 'true'),
    )
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf.map((text) => (isJson(text) ? text : JSON.stringify(text))),
        fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(key, tie('json')), { maxLength: 4 })
          .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
      ),
    }))
    fc.assert(
      fc.property(json, (text) => {
        const [fast, slow] = both(text)
        expect(fast).toEqual(slow)
      }),
      { numRuns: thorough(2000, 500) },
    )
  })

  it.each([
    ['too deep', `${'['.repeat(65)}${']'.repeat(65)}`, 'payload-depth'],
    ['too many keys', `[${'0,'.repeat(10_000)}0]`, 'payload-keys'],
    ['too many, in several places', JSON.stringify({ a: Array(6000).fill(1), b: Array(6000).fill(1) }), 'payload-keys'],
    ['a name that is none', '{"a":{"__proto__":1}}', 'key-forbidden'],
    ['a number that is not exact', '[9007199254740993]', 'payload-number'],
    ['half a character', '{"a":"\\ud800"}', 'text-invalid'],
  ])('refuses %s', (_, json, code) => {
    const [fast, slow] = both(json)
    expect(fast).toMatchObject({ code })
    expect(fast).toEqual(slow)
  })

  it('gives what it was given where nothing is to be changed, and 0 for −0', () => {
    const value = { a: [1, 'two', { b: null }] }
    expect(checkParsed(value, JSON.stringify(value), 'data')).toBe(value)
    expect(checkParsed({ n: -0 }, '{"n":-0}', 'data')).toEqual({ n: 0 })
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
