import { LarderError } from '../errors.ts'

/**
 * Where a reader of the log stands, although its events move from pending to confirmed behind its back. An event counts as delivered if its
 * position is at most `position`, or if `device` made its commit, with a seq of at most `seq` that is not in `except`.
 */
export interface FeedCursor {
  /** Empty in a local store, and before the server has answered for the first time. */
  readonly epoch: string
  readonly device: string
  readonly position: number
  readonly seq: number
  /** Own seqs up to `seq` that are not delivered: later in the outbox, or dead letters. Sorted. */
  readonly except: readonly number[]
}

export function startOfFeed(epoch: string, device: string): FeedCursor {
  return { epoch, device, position: 0, seq: 0, except: [] }
}

export function isDelivered(cursor: FeedCursor, commit: { device: string; seq: number }): boolean {
  return commit.device === cursor.device && commit.seq <= cursor.seq && !cursor.except.includes(commit.seq)
}

/** After an own pending commit was delivered. `undelivered` are the own seqs that still wait, in the outbox or as dead letters. */
export function afterPending(cursor: FeedCursor, seq: number, undelivered: Iterable<number>): FeedCursor {
  const top = Math.max(cursor.seq, seq)
  const except = Array.from(undelivered).filter((each) => each <= top && each !== seq)
  return { ...cursor, seq: top, except: except.sort((a, b) => a - b) }
}

/** After the confirmed zone was read up to a position. */
export function afterConfirmed(cursor: FeedCursor, position: number): FeedCursor {
  return { ...cursor, position }
}

export function formatCursor(cursor: FeedCursor): string {
  return JSON.stringify([1, cursor.epoch, cursor.device, cursor.position, cursor.seq, cursor.except])
}

/** @throws LarderError `cursor-foreign` when the text is no cursor, or belongs to another log */
export function parseCursor(text: string, epoch: string): FeedCursor {
  const parsed = read(text)
  if (parsed === undefined) throw foreign('is not a cursor')
  // A cursor from before the first exchange has no confirmed position yet, and holds under any epoch.
  if (parsed.epoch !== epoch && !(parsed.epoch === '' && parsed.position === 0)) throw foreign('belongs to another log')
  return { ...parsed, epoch }
}

function read(text: string): FeedCursor | undefined {
  try {
    const [version, epoch, device, position, seq, except]: unknown[] = JSON.parse(text)
    const areNumbers = [position, seq].every((each) => Number.isSafeInteger(each)) && Array.isArray(except)
    if (version !== 1 || typeof epoch !== 'string' || typeof device !== 'string' || !areNumbers) return undefined
    return { epoch, device, position: Number(position), seq: Number(seq), except: except.map(Number) }
  } catch {
    return undefined
  }
}

function foreign(what: string): LarderError<'cursor-foreign'> {
  return new LarderError(
    'cursor-foreign',
    `after ${what}: start from the beginning, or from a cursor of this store`,
    {},
  )
}
