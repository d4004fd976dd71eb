import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonValue } from '../../src/event/json.ts'
import { jsonBytes } from '../../src/event/json-bytes.ts'

it('counts the bytes of the JSON of any data, as if it were made', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 })
  const { data } = fc.letrec<{ data: JsonValue }>((tie) => ({
    data: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.string({ unit: fc.constantFrom(...'"\\/\b\t\n\v\f\r\u0000\u001f\u007f\u2028é€👍'), maxLength: 20 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('data'), { maxLength: 5 }),
      fc.dictionary(text, tie('data'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(data, (value) => {
      expect(jsonBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value)))
    }),
  )
})
