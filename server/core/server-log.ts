/**
 * What the server needs of a database: per account one log, in which every event has a position without a gap, and a set of withdrawn ids.
 * Nothing of one account can be reached from another: a transaction is opened for an account and knows no other.
 *
 * Every implementation passes `serverLogContract` of `@larder/sdk/testing`.
 */
export interface ServerLog {
  /**
   * Runs `work` alone: no other transaction of the same account runs meanwhile, in any process. When `work` resolves, all that it wrote is
   * durable before this resolves; when it rejects, nothing of it happened. Not to be nested, and `log` is not to be kept.
   */
  transact<T>(account: string, work: (log: LogTransaction) => Promise<T>): Promise<T>
  /** Waits for running transactions, then frees the database. Later calls reject with `closed`. */
  close(): Promise<void>
}

/** Reads see what the same transaction wrote. */
export interface LogTransaction {
  /** Identity of the account's log, made once, when the account is first seen. */
  readonly epoch: string
  /** The newest event: position 0 and an empty mark while there is none. */
  head(): Promise<LogPoint>
  /** The mark of the commit whose last event has this position; empty at 0; undefined where no commit ends. */
  markAt(position: number): Promise<string | undefined>
  /** The accepted ones among these commit ids. */
  commits(ids: readonly string[]): Promise<ReadonlyMap<string, CommitEntry>>
  /** The withdrawn ones among these commit ids. */
  withdrawn(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** By event id, the commit that holds it. */
  eventOwners(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** By seq, the commit that was accepted as that one of this device. */
  seqOwners(device: string, seqs: readonly number[]): Promise<ReadonlyMap<number, string>>
  /** How many events the stream has. */
  streamVersion(stream: string): Promise<number>
  /** Gives the commit the next positions; answers the first. The caller has made sure that no id and no (device, seq) is taken. */
  append(commit: CommitToAppend): Promise<number>
  /** For ever: a withdrawn commit is never accepted again. Ids that are withdrawn already are passed over. */
  withdraw(ids: readonly string[]): Promise<void>
  /** Commits above a position where a commit ends, in order, up to either bound, but at least one where there is one. */
  read(after: number, bounds: PageBounds): Promise<readonly LogCommit[]>
  /** The JSON of a stream's events above a stream version, in order. */
  readStream(stream: string, afterVersion: number, limit: number): Promise<readonly string[]>
}

export interface LogPoint {
  readonly position: number
  /** Fingerprint of all commits up to here: {@link nextMark} of the mark before and the commit's id. */
  readonly mark: string
}

export interface CommitEntry {
  /** Of its first event. */
  readonly position: number
  readonly bodyHash: string
}

export interface CommitToAppend {
  readonly id: string
  readonly device: string
  readonly seq: number
  /** ISO 8601. */
  readonly receivedAt: string
  readonly bodyHash: string
  readonly events: readonly EventToAppend[]
}

export interface EventToAppend {
  readonly id: string
  readonly stream: string
  /** The event's JSON as it was sent. */
  readonly text: string
}

export interface LogCommit {
  readonly id: string
  readonly device: string
  readonly seq: number
  /** Of the first event; a commit of n events takes n positions. */
  readonly position: number
  readonly receivedAt: string
  /** Fingerprint after this commit. */
  readonly mark: string
  /** The JSON of each event, as it was sent. */
  readonly events: readonly string[]
}

/** How much a page holds, or may hold. */
export interface PageBounds {
  readonly events: number
  /** UTF-16 units of the events' JSON. */
  readonly units: number
}

export function lastPositionOf(commit: LogCommit): number {
  return commit.position + commit.events.length - 1
}

/** The leading commits that fit the bounds, and the first of them even where it does not. */
export function withinBounds<C>(
  commits: readonly C[],
  bounds: PageBounds,
  sizeOf: (commit: C) => PageBounds,
): readonly C[] {
  let events = 0
  let units = 0
  const tooMuch = commits.findIndex((commit, index) => {
    const size = sizeOf(commit)
    events += size.events
    units += size.units
    return index > 0 && (events > bounds.events || units > bounds.units)
  })
  return tooMuch === -1 ? commits : commits.slice(0, tooMuch)
}

export function sizeOfEvents(texts: readonly string[]): PageBounds {
  return { events: texts.length, units: texts.reduce((sum, text) => sum + text.length, 0) }
}
