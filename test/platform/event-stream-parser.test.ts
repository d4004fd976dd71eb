import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStreamParser } from '../../src/platform/event-stream-parser.ts'

function parse(...pieces: readonly string[]): (string | undefined)[] {
  const told: (string | undefined)[] = []
  const parser = new EventStreamParser((data) => told.push(data))
  for (const piece of pieces) parser.push(piece)
  return told
}

describe('the event stream parser', () => {
  it('tells the data of an event when a blank line ends it', () => {
    expect(parse('data: one\n')).toEqual([])
    expect(parse('data: one\n', '\n')).toEqual(['one'])
  })

  it('joins the data lines of an event, and takes at most one space off each', () => {
    expect(parse('data: a\ndata:b\ndata:  c\ndata\n\n')).toEqual(['a\nb\n c\n'])
  })

  it('tells a comment as a heartbeat, and skips the fields it does not need and events without data', () => {
    expect(parse(': ping\n\nevent: head\nid: 1\nretry: 5\n\ndatabase: no\n\ndata:\n\n')).toEqual([undefined, ''])
  })

  it('drops an event that the stream did not finish', () => {
    expect(parse('data: whole\n\ndata: half')).toEqual(['whole'])
  })

  it('takes every line end, and hears the same however the stream is cut', () => {
    const line = fc.constantFrom('data: a', 'data:b', 'data', ': beat', 'event: head', '', '', 'data: x:y')
    const end = fc.constantFrom('\n', '\r', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end), { maxLength: 30 }), fc.array(fc.nat(200)), (lines, cuts) => {
        const text = lines.flat().join('')
        // What the specification's own words give: split at line ends, then go line by line.
        const expected: (string | undefined)[] = []
        let data: string[] = []
        for (const each of text.split(/\r\n|\r|\n/).slice(0, -1)) {
          if (each === '') {
            if (data.length > 0) expected.push(data.join('\n'))
            data = []
          } else if (each.startsWith(':')) expected.push(undefined)
          else if (each.startsWith('data')) data.push(each.replace(/^data:? ?/, ''))
        }
        const bounds = [0, ...[...new Set(cuts)].filter((cut) => cut < text.length).sort((a, b) => a - b), text.length]
        const pieces = bounds.slice(1).map((bound, index) => text.slice(bounds[index], bound))
        expect(parse(...pieces)).toEqual(expected)
      }),
    )
  })

  it('refuses a line or an event that never ends', () => {
    const piece = 'x'.repeat(100_000)
    expect(() => parse('data: ', ...Array.from({ length: 11 }, () => piece))).toThrow(RangeError)
    expect(() => parse(...Array.from({ length: 11 }, () => `data: ${piece}\n`))).toThrow(RangeError)
  })
})
