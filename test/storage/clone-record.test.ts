import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloneRecord } from '../../src/storage/memory/clone-record.ts'
import { sampleDeadLetter, sampleMeta, sampleSegment } from '../../src/testing/contract/sample-records.ts'

describe('the copy of a record', () => {
  it('is what a structured clone would be', () => {
    for (const record of [sampleMeta(), sampleSegment(3, { streams: ['a', 'b'] }), sampleDeadLetter('d')]) {
      expect(cloneRecord(record)).toStrictEqual(structuredClone(record))
    }
    fc.assert(
      fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true }), (value) => {
        let expected: unknown
        try {
          expected = structuredClone(value)
        } catch {
          expect(() => cloneRecord(value)).toThrow()
          return
        }
        expect(cloneRecord(value)).toEqual(expected)
      }),
    )
  })

  it('shares nothing that can change with the original', () => {
    const segment = sampleSegment(1)
    const copy = cloneRecord(segment)
    copy.events.offsets[0] = 9
    copy.commits.receivedAt[0] = 9
    Object.assign(copy.events, { streams: [] })
    expect(segment).toStrictEqual(sampleSegment(1))
  })

  it('keeps a key named __proto__ a key', () => {
    const record: unknown = JSON.parse('{"basis":{"__proto__":{"polluted":true}}}')
    const copy = cloneRecord(record)
    expect(JSON.stringify(copy)).toBe('{"basis":{"__proto__":{"polluted":true}}}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('refuses functions and symbols, however deep', () => {
    for (const value of [() => 1, Symbol('x'), { a: [() => 1] }, { a: { b: Symbol('x') } }]) {
      expect(() => cloneRecord<unknown>(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
    }
  })
})
