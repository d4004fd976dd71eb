import type { EventsRequest } from './events-page.ts'

const SOME = 4
const OF_ONE_STREAM = 16

/**
 * How many segments a page of events begins with. Of one stream many, because little is taken of each. Where every event is taken, one: a page seldom needs more than
 * what is in it, and each costs a few milliseconds to unpack and check.
 */
export function segmentsAtOnce({ stream, types, where, from, to }: EventsRequest): number {
  if (stream !== undefined) return OF_ONE_STREAM
  return [types, where, from, to].every((filter) => filter === undefined) ? 1 : SOME
}

/** How many it goes on with when those have not filled it. */
export function moreAtOnce(before: number): number {
  return Math.max(before, SOME)
}
