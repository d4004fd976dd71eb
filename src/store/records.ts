import type { ExpectedVersions } from '../event/expected-version.ts'
import type { KeptCommand } from '../event/kept-command.ts'
import type { PackedEvents } from '../event/packed-events.ts'
import type { Cursor } from './cursor.ts'
import type { QuarantineRecord } from './quarantine-record.ts'
import type { Fork, FormerPlace, Turn } from './turn.ts'

export type { Cursor } from './cursor.ts'
export type { QuarantineRecord } from './quarantine-record.ts'
export type { Fork, FormerPlace, Turn } from './turn.ts'

/**
 * What is stored, by table. A change of any shape here is a fixture under `test/storage/layouts`, and a new {@link LAYOUT_VERSION} unless an older SDK that
 * does not know it does nothing wrong (docs/decisions/0084). Records of older layouts are read as they are, and take the new shape when compaction
 * rewrites them.
 *
 * - 1: the first.
 * - 2: `quarantine`; checksums, sealed bodies and marks in segments; checksums in pending records.
 * - 3: `handlers`; dead letters of kind `handler`.
 * - 4: turns and former places, forks, `claimedBy`, `destroyed`, commands that are decided again.
 */
export const LAYOUT_VERSION = 4

export interface LogTables {
  /** One record, keyed `'log'`. */
  meta: MetaRecord
  /** Segments of the confirmed zone, keyed by the position of their last event: "everything after p" is one lower-bound range. */
  confirmed: StoredSegment
  /** The outbox: one commit a record, keyed by its `order`. */
  pending: PendingRecord
  /** Refused commits, keyed by commit id, and events whose handler kept failing, keyed by an id derived from both. */
  deadLetters: DeadLetterRecord
  /** Commits that were given up or replaced, kept as records, keyed by commit id. */
  discarded: DiscardedRecord
  /** What could not be read, keyed by table and key: see {@link QuarantineRecord.id}. */
  quarantine: QuarantineRecord
  /** How far each durable handler is, keyed by its name. */
  handlers: HandlerRecord
}

export type TableName = keyof LogTables
export interface TableKeys {
  meta: string
  confirmed: number
  pending: number
  deadLetters: string
  discarded: string
  quarantine: string
  handlers: string
}

/** Who gives out positions: this store itself, or the server log of an epoch (empty until the first answer). */
export type Authority = 'local' | `server:${string}`

export interface MetaRecord {
  readonly key: 'log'
  readonly layout: number
  readonly authority: Authority
  /** Id of this installation, a UUID. */
  readonly device: string
  /** How far we have pulled. */
  readonly cursor: Cursor | null
  /** Grows with every transaction that removes, moves, replaces or reorders a record: what was cached of them is void. */
  readonly generation: number
  /** Where all that made this generation void are these dead letters, a few, whoever knew the one before has to look at no others. Absent: all are void. */
  readonly touched?: { readonly generation: number; readonly letters: readonly string[] }
  readonly nextSeq: number
  readonly nextOrder: number
  /** The lowest order given out to what was put in front of the outbox. */
  readonly lowOrder: number
  /** Fencing number of the tab that leads. */
  readonly term: number
  /** The domain version that the server said last; a deferred commit is sent again when it changes. */
  readonly serverDomain: string | undefined
  /** Sync attempts that failed in a row, and when to try again (ms since 1970); they survive a reload. */
  readonly attempt: number
  /** ms since 1970: when the last of them was; 0 if there is none. Tells whether the clock was set back since. */
  readonly failedAt: number
  readonly nextAttemptAt: number
  /** ms since 1970: the part of that wait that the server asked for, of the last failure. Absent before one, and in layout 1. */
  readonly askedUntil?: number
  readonly lastSuccessAt: number | undefined
  /** How often a damaged part of the confirmed zone was replaced: what was folded over it is void. Absent in layout 1. */
  readonly repairs?: number
  /** How often a part of the confirmed zone was noted as damaged or missing: who has read what is noted has to read it again. Absent: never, and before that was counted. */
  readonly notes?: number
  /** Compaction is done up to this position, so the log has been as long. Absent in layout 1. */
  readonly compactedTo?: number
  /** A person has paused the sync. Absent in layout 1. */
  readonly paused?: boolean
  /** Position up to which the server's log reached when all of it had been pulled for the first time. Absent until then, and before layout 3. */
  readonly pulled?: number
  /** The account that what lies here was copied for. Absent: none. */
  readonly claimedBy?: string
  /** It was emptied for good, and may be removed at any moment: whoever has it open writes no more. Absent from the next open on. */
  readonly destroyed?: true
  /** The last few, the newest last. Absent: none. */
  readonly turns?: readonly Turn[]
  /** The last few, the newest last. Absent: none. */
  readonly forks?: readonly Fork[]
}

export interface CommitHeader {
  readonly id: string
  readonly device: string
  readonly seq: number
  /** Number of events. */
  readonly count: number
}

/** The commits of a segment, column by column, in log order. `ids` is a multi-entry index. */
export interface PackedCommits {
  readonly ids: readonly string[]
  /** The devices that occur, each once. */
  readonly devices: readonly string[]
  /** Index into `devices`, by commit. */
  readonly deviceOf: Uint32Array
  readonly seqs: Float64Array
  /** Number of events, by commit; they add up to the events of the segment. */
  readonly counts: Uint32Array
  /** Server clock, ms since 1970, by commit; NaN in a local store. */
  readonly receivedAt: Float64Array
  /** Of commits that were confirmed before the log was set back, by commit: number of the turn (0: none), and position of the last event then. Absent: none. */
  readonly turns?: Uint32Array
  readonly formerly?: Float64Array
}

/** What the server called its log at a position; given with each cursor. */
export interface SegmentMark {
  readonly position: number
  readonly mark: string
}

interface SegmentFrame {
  /** Position of the last event; the key. */
  readonly last: number
  /** Position of the first event. */
  readonly first: number
  readonly commits: PackedCommits
  /** By index into `events.streams`: the confirmed version of that stream after its last event in this segment. */
  readonly streamVersions: Uint32Array
  /** Marks at positions of this segment, each behind the last event of a commit. Absent in layout 1, and in a local store. */
  readonly marks?: readonly SegmentMark[]
}

/** A run of consecutive commits, ready to be read. */
export interface ConfirmedSegment extends SegmentFrame {
  readonly events: PackedEvents
}

/** The events of an old segment, encoded; what they are found by stays readable. */
export interface SealedEvents extends Pick<PackedEvents, 'streams' | 'types' | 'minTime' | 'maxTime'> {
  /** Name of the codec that `sealed` takes. */
  readonly codec: string
  /** Offsets, streams, types and body: see `sealed-events.ts`. */
  readonly sealed: Uint8Array
  /** Bytes of `sealed` before it was encoded. */
  readonly bytes: number
}

/** A segment as it lies in the table. `events.streams`, `events.types` and `commits.ids` are multi-entry indexes. */
export interface StoredSegment extends SegmentFrame {
  readonly events: PackedEvents | SealedEvents
  /** Over everything else: see `check-segment.ts`. Absent in layout 1, which had none. */
  readonly checksum?: number
}

/** What a commit with a strict expectation stood on, by stream. */
export interface StreamBasis {
  /** Confirmed version of the stream when the commit was made. */
  readonly confirmed: number
  /** Own pending commits with events in the stream that it was put behind. Whatever is missing is counted by `also` of one that is there. */
  readonly behind: readonly BasisShare[]
}

/** A commit that another stands on in a stream. */
export interface BasisShare {
  readonly id: string
  /** How many events it has there. */
  readonly count: number
  /**
   * Events of the own commits that it stood on there itself: who stands on it stands on those too, so that a chain of n commits says n ids, and not
   * each of them all before it. Absent where all are named, as in records from before there was this.
   */
  readonly also?: number
}

/** How many own events a commit was put behind. */
export function countBehind({ behind }: StreamBasis): number {
  return behind.reduce((sum, { count, also = 0 }) => sum + count + also, 0)
}

/** The server's last word on a commit that stays in the outbox. */
export type PendingVerdict =
  | { readonly status: 'accepted' | 'duplicate'; readonly position: number }
  | { readonly status: 'held'; readonly behind: string }
  | { readonly status: 'deferred'; readonly code: string; readonly serverDomain: string }

export interface PendingRecord extends CommitHeader {
  /** Place in the outbox; the key. Lower is earlier. */
  readonly order: number
  /** ms since 1970: when it was made. */
  readonly madeAt: number
  readonly events: PackedEvents
  readonly expected: ExpectedVersions
  readonly basis: Readonly<Record<string, StreamBasis>>
  /** Earlier ids of its line. */
  readonly replaces: readonly string[]
  readonly verdict: PendingVerdict | undefined
  /** How often it was refused before a person or a timer sent it again. */
  readonly attempts: number
  /** Over the events. Absent in layout 1. */
  readonly checksum?: number
  /** What it was decided by, where an aggregate decided it. */
  readonly command?: KeptCommand
  /** What it stood on has changed: the command is to be decided again, once the log is here up to this position. Absent: it has not. */
  readonly decideFrom?: number
  /** How often it, or what it replaces, was decided again. Absent: never. */
  readonly redecided?: number
  /** Where it lay when it was confirmed, and the log set back after that. Absent: it never was. */
  readonly formerly?: FormerPlace
}

/** Whether the server has taken it for good: then only its own commit in a pull moves it. */
export function isAccepted({ verdict }: Pick<PendingRecord, 'verdict'>): boolean {
  return verdict?.status === 'accepted' || verdict?.status === 'duplicate'
}

interface LetterFrame {
  readonly id: string
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  /** How often it was tried, in all. */
  readonly attempts: number
  /** ms since 1970. */
  readonly since: number
  readonly nextAttemptAt: number | undefined
  /** How often it was tried since it became a dead letter, or since a person had it tried again. Absent: never. */
  readonly tries?: number
}

export interface CommitLetterRecord extends LetterFrame {
  readonly kind: 'commit'
  /** As it lay in the outbox; a retry puts it back there. */
  readonly commit: PendingRecord
}

/** Since layout 3. The event itself lies in the log; it is kept here too, so that a letter says what it is about, whatever becomes of the log. */
export interface HandlerLetterRecord extends LetterFrame {
  readonly kind: 'handler'
  /** Name of the handler. */
  readonly handler: string
  readonly commitId: string
  /** Undefined where it was handled before it was confirmed. */
  readonly position: number | undefined
  /** The one event, as it was written. */
  readonly events: PackedEvents
}

export type DeadLetterRecord = CommitLetterRecord | HandlerLetterRecord

/** How far a durable handler is: every event up to `cursor` is done, and those in `finished`. Both are bounded, however long one event takes. */
export interface HandlerRecord {
  readonly name: string
  /** Fencing number of the tab that runs it. */
  readonly term: number
  /** A cursor of the feed that it follows. */
  readonly cursor: string
  /** Ids of events behind the cursor that are done. */
  readonly finished: readonly string[]
  /** Events behind the cursor that failed and are tried again, so that a reload begins no count anew. */
  readonly failing: readonly {
    readonly id: string
    readonly attempts: number
    /** ms since 1970: when the last attempt failed, and when the next is due. */
    readonly failedAt: number
    readonly nextAttemptAt: number
    /** Counted before it was made, and nobody has said how it ended: what it did may have ended its tab. */
    readonly begun?: true
  }[]
  /** Set while a tab runs it: whoever takes over and finds it knows that the tab has ended without a word. */
  readonly isRunning?: boolean
  /** Registered before all that the server had was pulled: of that, other devices' events are passed over. */
  readonly awaitsPull: boolean
}

export interface DiscardedRecord {
  readonly id: string
  readonly why: 'discarded' | 'replaced'
  /** What the person said, or the id of the commit that replaced it. */
  readonly note: string
  /** ms since 1970. */
  readonly at: number
  /** Ids that the server has yet to be told to withdraw. Empty once it answered. */
  readonly withdraw: readonly string[]
  readonly commit: PendingRecord
}
