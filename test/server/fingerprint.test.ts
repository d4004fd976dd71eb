import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyHashOf, canonicalJson, nextMark } from '../../server/core/fingerprint.ts'
import { wireEvent } from './support/requests.ts'

describe('bodyHashOf', () => {
  it('does not depend on the order of keys', () => {
    const [a, b] = [
      { x: 1, y: { p: [1, 2], q: null } },
      { y: { q: null, p: [1, 2] }, x: 1 },
    ]
    expect(bodyHashOf([wireEvent(1, { data: a })])).toBe(bodyHashOf([wireEvent(1, { data: b })]))
  })

  it.each([
    ['id', { id: wireEvent(2).id }],
    ['type', { type: 'NoteRemoved' }],
    ['version', { version: 1 }],
    ['stream', { stream: 'note-2' }],
    ['time', { time: '2026-11-23T12:00:00.001Z' }],
    ['data', { data: { text: 'note  1' } }],
    ['data that looks alike', { data: { text: ['note 1'] } }],
    ['metadata', { metadata: { userId: 'ann' } }],
  ])('changes with the %s', (_, change) => {
    expect(bodyHashOf([wireEvent(1, change)])).not.toBe(bodyHashOf([wireEvent(1)]))
  })

  it('changes with the order and the number of events', () => {
    const [a, b] = [wireEvent(1), wireEvent(2)]
    expect(new Set([[a, b], [b, a], [a], [a, b, b]].map(bodyHashOf)).size).toBe(4)
  })
})

describe('canonicalJson', () => {
  it('says the same as JSON, whatever the keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"z":0},"a":2}'))).toBe('{"__proto__":{"z":0},"a":2,"b":1}')
  })
})

describe('nextMark', () => {
  it('tells apart logs that differ in content or in order', () => {
    const marks = [['1', '2'], ['2', '1'], ['12'], ['1', '2', '3']].map((ids) => ids.reduce(nextMark, ''))
    expect(new Set(marks).size).toBe(4)
  })
})
