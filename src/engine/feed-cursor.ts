import { LarderError } from '../errors.ts'
import type { FormerPlace } from '../store/records.ts'

/**
 * Where a reader of the log stands, although its events move from pending to confirmed behind its back. An event counts as delivered if its
 * position is at most `position`, or if `device` made its commit, with a seq of at most `seq` that is not in `except`. What has changed around the store
 * since is in `earlier` and `formerly`: see `follow-cursor.ts`.
 */
export interface FeedCursor {
  /** Empty before the server has answered for the first time; `'local'` in a store that is its own authority. */
  readonly epoch: string
  readonly device: string
  readonly position: number
  readonly seq: number
  /** Own seqs up to `seq` that are not delivered: later in the outbox, or dead letters. Sorted. */
  readonly except: readonly number[]
  /** Ids that this device had before: theirs is the same as for the present one, up to a position. Absent: none. */
  readonly earlier?: readonly EarlierDevice[]
  /** By turn of the log, the position then up to which all was delivered. Absent: none. */
  readonly formerly?: readonly FormerPlace[]
  /** Number of the last turn of the log that `position` knows of. Absent: none. */
  readonly turn?: number
}

export interface EarlierDevice {
  readonly device: string
  readonly seq: number
  readonly except: readonly number[]
  /** What a copy of this installation has made under the id lies above. */
  readonly upTo: number
}

/** A commit as a feed looks at it. */
export interface FedCommit {
  readonly device: string
  readonly seq: number
  readonly formerly?: FormerPlace | undefined
}

/** @param position of its last event; undefined of what is pending */
export function isDelivered(cursor: FeedCursor, commit: FedCommit, position?: number): boolean {
  const { formerly } = commit
  if (
    formerly !== undefined &&
    cursor.formerly?.some(({ turn, position: upTo }) => turn === formerly.turn && formerly.position <= upTo) === true
  )
    return true
  if (commit.device === cursor.device) return isCounted(cursor, commit.seq)
  const earlier = earlierOf(cursor, commit.device, position)
  return earlier !== undefined && isCounted(earlier, commit.seq)
}

/** Whether this device made it, under whatever id. */
export function isOwn(cursor: FeedCursor, { device }: FedCommit, position?: number): boolean {
  return device === cursor.device || earlierOf(cursor, device, position) !== undefined
}

function earlierOf({ earlier }: FeedCursor, device: string, position: number | undefined): EarlierDevice | undefined {
  if (position === undefined) return undefined
  return earlier?.find((each) => each.device === device && position <= each.upTo)
}

function isCounted({ seq, except }: Pick<FeedCursor, 'seq' | 'except'>, of: number): boolean {
  return of <= seq && !except.includes(of)
}

/**
 * After an own pending commit was delivered.
 *
 * @param undelivered the own seqs that still wait, in the outbox or as dead letters, the lowest first: only those up to the commit are looked at
 */
export function afterPending(cursor: FeedCursor, seq: number, undelivered: Iterable<number>): FeedCursor {
  const top = Math.max(cursor.seq, seq)
  const except: number[] = []
  for (const each of undelivered) {
    if (each > top) break
    if (each !== seq) except.push(each)
  }
  return { ...cursor, seq: top, except }
}

/** After a commit that was confirmed before was delivered, and all that lay in front of it then. */
export function afterFormer(cursor: FeedCursor, { turn, position }: FormerPlace): FeedCursor {
  const others = (cursor.formerly ?? []).filter((each) => each.turn !== turn)
  const before = cursor.formerly?.find((each) => each.turn === turn)?.position ?? 0
  return { ...cursor, formerly: [...others, { turn, position: Math.max(before, position) }] }
}

/** After the confirmed zone was read up to a position. */
export function afterConfirmed(cursor: FeedCursor, position: number): FeedCursor {
  return { ...cursor, position }
}

export function formatCursor({
  epoch,
  device,
  position,
  seq,
  except,
  earlier = [],
  formerly = [],
  turn = 0,
}: FeedCursor): string {
  const plain = [1, epoch, device, position, seq, except]
  if (earlier.length + formerly.length + turn === 0) return JSON.stringify(plain)
  return JSON.stringify([
    ...plain,
    earlier.map((each) => [each.device, each.seq, each.except, each.upTo]),
    formerly.map((each) => [each.turn, each.position]),
    turn,
  ])
}

/** As it was written. @throws LarderError `cursor-foreign` when the text is no cursor */
export function parseCursor(text: string): FeedCursor {
  try {
    const [version, epoch, device, position, seq, except, earlier = [], formerly = [], turn = 0]: unknown[] =
      JSON.parse(text)
    const areNumbers = [position, seq, turn].every((each) => Number.isSafeInteger(each)) && Array.isArray(except)
    const isWhole = typeof epoch === 'string' && typeof device === 'string' && areNumbers
    if (version !== 1 || !isWhole || !Array.isArray(earlier) || !Array.isArray(formerly)) throw foreignCursor(NO_CURSOR)
    return {
      ...{ epoch, device, position: Number(position), seq: Number(seq), except: except.map(Number) },
      ...(earlier.length === 0 ? {} : { earlier: earlier.map(readEarlier) }),
      ...(formerly.length === 0 ? {} : { formerly: formerly.map(readFormer) }),
      ...(turn === 0 ? {} : { turn: Number(turn) }),
    }
  } catch {
    throw foreignCursor(NO_CURSOR)
  }
}

const NO_CURSOR = 'is not a cursor'

function readEarlier([device, seq, except, upTo]: readonly unknown[]): EarlierDevice {
  if (typeof device !== 'string' || !Array.isArray(except)) throw foreignCursor(NO_CURSOR)
  return { device, seq: Number(seq), except: except.map(Number), upTo: Number(upTo) }
}

function readFormer([turn, position]: readonly unknown[]): FormerPlace {
  return { turn: Number(turn), position: Number(position) }
}

export function foreignCursor(what: string): LarderError<'cursor-foreign'> {
  return new LarderError(
    'cursor-foreign',
    `after ${what}: start from the beginning, or from a cursor of this store`,
    {},
  )
}
