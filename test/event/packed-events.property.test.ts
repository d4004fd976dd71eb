import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstBrokenCharacter, utf8Length } from '../../src/event/check-text.ts'
import {
  countByStream,
  countOf,
  eventText,
  joinPacked,
  packEvents,
  splitPacked,
  streamAt,
  typeAt,
  unpackEvent,
  unpackEvents,
} from '../../src/event/packed-events.ts'
import type { StoredEvent } from '../../src/event/recorded-event.ts'

/** Text with everything in it that could be mistaken for JSON, or counted wrongly. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', '[', ']', '\n', '\u2028', 'é', '€', '👍', ' ', ':') }),
)
const event: fc.Arbitrary<StoredEvent> = fc.record({
  id: fc.uuid(),
  type: fc.constantFrom('A', 'B', 'constructor'),
  version: fc.integer({ min: 1, max: 9 }),
  stream: fc.constantFrom('s', 't', '__proto__'),
  time: fc.integer({ min: 0, max: 4e12 }).map((time) => new Date(time).toISOString()),
  data: fc.dictionary(text, fc.oneof(text, fc.jsonValue() as fc.Arbitrary<string>)),
  metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), text),
})
const events = fc.array(event, { minLength: 1, maxLength: 8 })

/** What JSON makes of the events, which is what is compared with. */
const oracle = (list: readonly StoredEvent[]): StoredEvent[] => JSON.parse(JSON.stringify(list))

describe('packed events', () => {
  it('joined are taken apart into what they were', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 1, maxLength: 5 }), (lists) => {
        const runs = lists.map(packEvents)
        const parts = runs.map((run) => ({ count: countOf(run), minTime: run.minTime, maxTime: run.maxTime }))
        expect(splitPacked(joinPacked(runs), parts)).toEqual(runs)
      }),
      { numRuns: 100 },
    )
  })

  it('give back every event, alone and all at once', () => {
    fc.assert(
      fc.property(events, (list) => {
        const packed = packEvents(list)
        expect(countOf(packed)).toBe(list.length)
        expect(unpackEvents(packed)).toEqual(oracle(list))
        for (const [index, each] of oracle(list).entries()) {
          expect(unpackEvent(packed, index)).toEqual(each)
          expect(eventText(packed, index)).toBe(JSON.stringify(list[index]))
          expect([streamAt(packed, index), typeAt(packed, index)]).toEqual([each.stream, each.type])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('joined are the same as packed together', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 1, maxLength: 5 }), (runs) => {
        expect(joinPacked(runs.map(packEvents))).toEqual(packEvents(runs.flat()))
      }),
      { numRuns: 60 },
    )
  })

  it('know the streams, how often each occurs, and the first and last time', () => {
    fc.assert(
      fc.property(events, (list) => {
        const packed = packEvents(list)
        const counts = countByStream(packed)
        const times = list.map(({ time }) => Date.parse(time))
        expect(packed.streams).toEqual([...new Set(list.map(({ stream }) => stream))])
        expect(packed.streams.map((_, index) => counts[index])).toEqual(
          packed.streams.map((stream) => list.filter((each) => each.stream === stream).length),
        )
        expect([packed.minTime, packed.maxTime]).toEqual([Math.min(...times), Math.max(...times)])
      }),
      { numRuns: 60 },
    )
  })

  it('have no event where there is none', () => {
    expect(() => eventText(packEvents([]), 0)).toThrow(RangeError)
  })
})

describe('text', () => {
  it('is counted in bytes as an encoder would', () => {
    const units = fc.string({ unit: fc.oneof(fc.constantFrom('\ud800', '\udc00', 'é', '👍', 'x', '€'), fc.string()) })
    fc.assert(
      fc.property(fc.oneof(text, units), (given) => {
        expect(utf8Length(given)).toBe(new TextEncoder().encode(given).length)
      }),
      { numRuns: 500 },
    )
  })

  it('is broken exactly where it does not survive UTF-8, or is U+0000', () => {
    const units = fc
      .array(fc.constantFrom('\u0000', '\ud83d', '\udc4d', 'a', '👍', '\uffff'))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(fc.oneof(text, units), (given) => {
        const oracle = [...given].findIndex((point) => point === '\u0000' || !point.isWellFormed())
        const index = oracle === -1 ? -1 : [...given].slice(0, oracle).join('').length
        expect(firstBrokenCharacter(given)).toBe(index)
      }),
      { numRuns: 500 },
    )
  })
})
