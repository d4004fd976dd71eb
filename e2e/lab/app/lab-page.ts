import type { Fault } from './plant-fault.ts'

/** What tests and page have in common. A test calls `lab` on the page. */
declare global {
  var lab: LabPage
}

export interface LabError {
  readonly code: string
  readonly details: unknown
}

interface OpenOptions {
  readonly name: string
  readonly account?: string
  readonly fault?: Fault
  readonly fallback?: 'memory'
  /** A path at which nobody answers makes a store whose appends stay pending. */
  readonly syncUrl?: string
}

interface AppendOne {
  readonly stream: string
  readonly text: string
  /** Through functions of the app that take their time. */
  readonly slowly?: boolean
  readonly expectedVersion?: number
}

export interface ManyOptions {
  readonly stream: string
  /** What the texts begin with; a number follows. */
  readonly prefix: string
  readonly count: number
  /** ms since 1970, so that several tabs begin together. */
  readonly startAt: number
  /** `'version'`: each expects the version that it would find if nobody else appended, and is tried again after a conflict. */
  readonly expects: 'any' | 'version'
}

export interface Appended {
  /** Of each append, in the order in which they were asked for. */
  readonly positions: readonly (number | undefined)[]
  readonly conflicts: readonly LabError[]
  /** What is no conflict. */
  readonly failures: readonly LabError[]
  readonly durationMs: number
}

export interface Listed {
  readonly text: string
  readonly position: number | undefined
}

interface ReadThrough {
  readonly pages: number
  readonly events: number
  /** Of the page with the most. */
  readonly mostEvents: number
  readonly mostCharacters: number
  /** Whether each event's text is its number in the stream. */
  readonly isInOrder: boolean
}

interface LabPage {
  /** Answers where the log is kept, or why it could not be opened. */
  open(options: OpenOptions): Promise<'indexeddb' | 'memory' | 'custom' | LabError>
  append(event: AppendOne): Promise<number | undefined | LabError>
  appendMany(options: ManyOptions): Promise<Appended>
  /**
   * Commits of `size` events from now on, `lanes` at a time; the texts are `<run>/<call>/<index>`. What is begun and what is acknowledged is written
   * into the session storage at once, as keys `begun <run>/<call>` and `stored <run>/<call>`, which a reload leaves alone.
   */
  appendForEver(options: {
    readonly stream: string
    readonly run: number
    readonly size: number
    readonly lanes: number
  }): void
  /** `commits` of 1,000 events each, one after the other. */
  appendHistory(stream: string, commits: number): Promise<void>
  list(stream: string): Promise<readonly Listed[]>
  /** Reads a stream to its end, page by page of 1,000, and keeps nothing of it. */
  readThrough(stream: string): Promise<ReadThrough>
  /** What a projection over all events comes to. Folds them all, once for each `time` from 0 to 3. */
  totals(time: number): Promise<{ readonly events: number; readonly letters: number }>
  /** The same, as a projection has folded it. */
  texts(stream: string): Promise<readonly string[]>
  /** Keeps a view of it open; `watched` is what that shows now. */
  watch(stream: string): void
  watched(): readonly string[]
  close(): Promise<void>
  /** Answers whether the store is gone, and how many commits are in the backup that it gave. */
  signOut(
    unsynced?: 'keep' | 'export' | 'discard',
  ): Promise<{ destroyed: boolean; backup: number | undefined } | LabError>
}
