import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivedId } from '../../src/event/derived-id.ts'
import { isUuid } from '../../src/event/limits.ts'
import { sha256, toHex } from '../../src/event/sha-256.ts'

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

describe('a SHA-256', () => {
  it('is what everybody else says it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
      }),
    )
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 100_000]) {
      const bytes = new Uint8Array(length).fill(0x78)
      expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })
})

describe('a derived id', () => {
  it('is the one of the example in RFC 9562', () => {
    expect(derivedId(DNS, 'www.example.com')).toBe('5c146b14-3c52-8afd-938a-375d0df1fbf6')
  })

  it('is an id, the same for the same, and another for everything else', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.nat(), fc.nat(), (a, b, m, n) => {
        const id = derivedId(a, String(m))
        expect(isUuid(id)).toBe(true)
        expect(derivedId(a, String(m))).toBe(id)
        if (a !== b) expect(derivedId(b, String(m))).not.toBe(id)
        if (m !== n) expect(derivedId(a, String(n))).not.toBe(id)
      }),
    )
  })
})
