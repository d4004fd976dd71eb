import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import { checkPayload } from '../../src/event/check-payload.ts'

const runs = { numRuns: 300 }

/** Values that JSON gives back as they are, but for −0. */
const good = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme', noUnicodeString: false } as fc.JsonSharedConstraints)

const bad = fc.oneof(
  fc.constantFrom<unknown>(
    new Date(0),
    new Map(),
    new Set(),
    1n,
    /x/,
    new Error('x'),
    () => 1,
    Symbol('x'),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '\ud800',
    '\u0000',
    [undefined],
    JSON.parse('{"__proto__":1}'),
  ),
)

type Step = string | number

/** A value with `planted` in it, and the path that leads there. */
function plant(planted: unknown, steps: readonly Step[]): { value: unknown; path: string } {
  return steps.reduceRight<{ value: unknown; path: string }>(
    ({ value, path }, step) =>
      typeof step === 'number'
        ? { value: [...Array.from({ length: step }, () => 0), value], path: `[${step}]${path}` }
        : { value: { before: 1, [step]: value }, path: `.${step}${path}` },
    { value: planted, path: '' },
  )
}

it('what passes comes back from JSON exactly as it went in', () => {
  fc.assert(
    fc.property(good, (value) => {
      let copy: unknown
      try {
        copy = checkPayload(value, 'data')
      } catch (error) {
        return isLarderError(error)
      }
      expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
      return true
    }),
    runs,
  )
})

it('one bad value anywhere is refused, and the sentence names the place', () => {
  const step = fc.oneof(fc.nat(3), fc.stringMatching(/^[a-z]{1,5}$/))
  fc.assert(
    fc.property(bad, fc.array(step, { maxLength: 8 }), (planted, steps) => {
      const { value, path } = plant(planted, steps)
      try {
        checkPayload(value, 'data')
      } catch (error) {
        if (!isLarderError(error)) return false
        const details = error.details as { path: string }
        expect(details.path.startsWith(`data${path}`)).toBe(true)
        expect(error.message.startsWith(details.path)).toBe(true)
        return true
      }
      return false
    }),
    runs,
  )
})

it('never answers anything but a plain value or a LarderError, whatever it is given', () => {
  const anything = fc.anything({
    maxDepth: 3,
    maxKeys: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
    withBoxedValues: true,
    withUnicodeString: true,
  } as fc.ObjectConstraints)
  fc.assert(
    fc.property(anything, (value) => {
      try {
        const copy = checkPayload(value, 'data')
        expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
      } catch (error) {
        if (!isLarderError(error)) throw error
        expect(error.code).toMatch(/^(payload-|key-forbidden|text-invalid)/)
      }
    }),
    { numRuns: 200 },
  )
  expect('polluted' in {}).toBe(false)
})
