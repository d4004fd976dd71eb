import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Checksum } from '../../src/store/checksum.ts'

/** Unit by unit, as it was defined: what is stored was summed up like this. */
function naiveText(value: string): number {
  const lanes = [0, 1, 2, 3].map((lane) => 0x811c9dc5 ^ lane)
  const mix = (lane: number, word: number) => {
    lanes[lane] = Math.imul((lanes[lane] ?? 0) ^ word, 0x01000193)
  }
  const whole = value.length - (value.length % 4)
  for (let index = 0; index < value.length; index++) mix(index < whole ? index % 4 : 0, value.charCodeAt(index))
  const words = new Uint32Array(new Float64Array([value.length]).buffer)
  mix(1, words[0] ?? 0)
  mix(2, words[1] ?? 0)
  const [first = 0, ...rest] = lanes
  return rest.reduce((hash, lane) => Math.imul(hash ^ lane, 0x01000193) ^ (hash >>> 15), first) >>> 0
}

const sumOf = (value: string) => new Checksum().text(value).value

describe('the checksum of a text', () => {
  it('is the one of its UTF-16 units, however long it is and whatever it is written in', () => {
    const part = fc.oneof(
      fc.record({ text: fc.string({ unit: 'binary', minLength: 1 }), times: fc.nat(40) }),
      fc.record({ text: fc.constantFrom('a', '{"name":"Oats"},', 'é', '€', '🥣', '\ud83e'), times: fc.nat(20_000) }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const value = parts.map(({ text, times }) => text.repeat(times)).join('')
        expect(sumOf(value)).toBe(naiveText(value))
      }),
    )
  })

  it('is so too where a long text is ASCII but for one letter', () => {
    for (const length of [1023, 1024, 16_383, 16_384, 16_385, 40_000]) {
      for (const at of [0, Math.floor(length / 2), length - 2, length - 1]) {
        const value = `${'a'.repeat(at)}é${'b'.repeat(length - at - 1)}`
        expect(sumOf(value)).toBe(naiveText(value))
        expect(sumOf(value)).not.toBe(sumOf(value.replace('é', 'e')))
      }
    }
  })
})
