import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countOf, unpackEvents } from '../../src/event/packed-events.ts'
import { packCommits, unpackCommits } from '../../src/store/packed-commits.ts'
import { buildSegments, confirmedVersionIn, recordedInSegment, SEGMENT_LIMITS } from '../../src/store/segment.ts'
import { Noted } from '../support/notes.ts'
import { prepared } from '../support/prepared.ts'

const streams = fc.array(fc.constantFrom('a', 'b', '__proto__'), { minLength: 1, maxLength: 5 })
const commit = fc.record({
  streams,
  device: fc.constantFrom('d1', 'd2', 'd3'),
  seq: fc.nat(1e9),
  receivedAt: fc.oneof(fc.constant(Number.NaN), fc.nat(4e12)),
  /** Units of text: a few of them fill a segment. */
  size: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constantFrom(60_000, 200_000)),
})

it('consecutive commits are cut into segments that give back every commit, event, position and stream version', () => {
  fc.assert(
    fc.property(fc.array(commit, { maxLength: 12 }), fc.nat(1000), (given, before) => {
      const runs = given.map(({ streams: names, device, seq, receivedAt, size }) => {
        const events = names.map((stream) => Noted({ text: 'x'.repeat(Math.floor(size / names.length)) }, { stream }))
        const { id, events: packed } = prepared(events)
        return { commit: { id, device, seq, count: events.length, receivedAt }, events: packed }
      })
      const versions = new Map([['a', before]])
      const segments = buildSegments(before + 1, runs, versions)

      let position = before
      const oracle = new Map([['a', before]])
      const commits = segments.flatMap((segment) => {
        expect([segment.first, segment.last]).toEqual([position + 1, position + countOf(segment.events)])
        for (const event of recordedInSegment(segment)) {
          expect(event.position).toBe(++position)
          oracle.set(event.stream, (oracle.get(event.stream) ?? 0) + 1)
        }
        for (const stream of segment.events.streams)
          expect(confirmedVersionIn(segment, stream)).toBe(oracle.get(stream))
        expect(confirmedVersionIn(segment, 'other')).toBeUndefined()
        const inside = unpackCommits(segment.commits)
        const isOver =
          countOf(segment.events) > SEGMENT_LIMITS.events ||
          segment.events.body.length > SEGMENT_LIMITS.units + inside.length
        expect(isOver && inside.length > 1).toBe(false)
        return inside.map(({ offset, ...header }) => ({
          header,
          events: unpackEvents(segment.events).slice(offset, offset + header.count),
        }))
      })
      expect(commits.map(({ header }) => header)).toEqual(runs.map((run) => run.commit))
      expect(commits.map(({ events }) => events)).toEqual(runs.map(({ events }) => unpackEvents(events)))
      expect(versions).toEqual(oracle)
    }),
    { numRuns: 60 },
  )
})

it('the headers of commits come back as they were packed', () => {
  const commits = [
    { id: 'a', device: 'd1', seq: 2 ** 52, count: 1000, receivedAt: Number.NaN },
    { id: 'b', device: 'd2', seq: 1, count: 1, receivedAt: 5 },
    { id: 'c', device: 'd1', seq: 2, count: 3, receivedAt: 6 },
  ]
  const packed = packCommits(commits)
  expect(packed.devices).toEqual(['d1', 'd2'])
  expect(unpackCommits(packed).map(({ offset, ...header }) => [offset, header])).toEqual(
    commits.map((each, index) => [[0, 1000, 1001][index], each]),
  )
})
