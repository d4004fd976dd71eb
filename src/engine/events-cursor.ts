import { LarderError } from '../errors.ts'
import type { StreamPlace } from '../store/stream-chain.ts'
import type { PartOfCommit } from './events-page.ts'
import type { FeedCursor } from './feed-cursor.ts'

/** The log that a place in it is of, and by whom it was read. */
export interface OfLog {
  readonly epoch: string
  readonly device: string
  /** Number of the last turn of the log then: after another, its positions are no more. */
  readonly turn: number
}

/**
 * Where the next page of events starts. What was pending when one page was read may be confirmed when the next one is: so a place in the outbox
 * is said by what was given, not by where it lay.
 */
export type EventsCursor =
  | {
      readonly to: 'forward'
      readonly feed: FeedCursor
      readonly begun: PartOfCommit | undefined
      /** Of one stream: behind the last segment that was read to its end. Left out: nobody can say. */
      readonly stream?: StreamPlace
    }
  /** Backward, still among what was pending at first: the head then, and the commits that are not given yet. */
  | {
      readonly to: 'outbox'
      readonly top: number
      readonly rest: readonly string[]
      readonly of: OfLog
      readonly begun: PartOfCommit | undefined
    }
  /** Backward: everything from this position on was given. */
  | {
      readonly to: 'confirmed'
      readonly before: number
      readonly of: OfLog
      readonly begun: PartOfCommit | undefined
      /** Of one stream: before the last segment that was read to its beginning. Left out: nobody can say. */
      readonly stream?: StreamPlace
    }

export function formatEventsCursor(cursor: EventsCursor): string {
  return JSON.stringify(cursor)
}

/** @throws LarderError `argument` when the text is not a cursor, or one for the other direction */
export function parseEventsCursor(text: string, direction: 'forward' | 'backward'): EventsCursor {
  const cursor = read(text)
  if (cursor !== undefined && (cursor.to === 'forward') === (direction === 'forward')) return cursor
  throw new LarderError(
    'argument',
    'after is not a cursor of this query: give the next of the page before, as it was',
    {
      details: { argument: 'after' },
    },
  )
}

function read(text: string): EventsCursor | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isCursor(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isCursor(value: unknown): value is EventsCursor {
  if (!isObject(value) || (value.begun !== undefined && !isPart(value.begun))) return false
  if (value.stream !== undefined && !isStreamPlace(value.stream)) return false
  if (value.to === 'confirmed') return isNumber(value.before) && isOfLog(value.of)
  if (value.to === 'outbox') return isNumber(value.top) && isOfLog(value.of) && areTexts(value.rest)
  const { feed } = value
  return (
    value.to === 'forward' && isObject(feed) && isNumber(feed.position) && isNumber(feed.seq) && isNumbers(feed.except)
  )
}

function isOfLog(value: unknown): value is OfLog {
  return isObject(value) && typeof value.epoch === 'string' && typeof value.device === 'string' && isNumber(value.turn)
}

function isStreamPlace(value: unknown): value is StreamPlace {
  return isObject(value) && isNumber(value.position) && isNumber(value.version)
}

function isPart(value: unknown): value is PartOfCommit {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    isNumber(value.count) &&
    (value.part === undefined || isNumber(value.part))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isNumber)
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
