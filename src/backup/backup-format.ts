import * as z from 'zod/mini'
import { EVENT_LIMITS, isUuid } from '../event/limits.ts'
import { wireEvent } from '../sync/wire.ts'

/**
 * A backup is text: one JSON object a line, each sealed (see `backup-seal.ts`). First a header, then every commit with all that is known of it, last an
 * end that counts them. A change of any shape here that an older reader would misread is a new version. Schemas are made when a line is checked.
 */
export const BACKUP_VERSION = 1

const id = z.string().check(z.refine(isUuid))
const time = z.iso.datetime()
const count = z.int().check(z.nonnegative())
const position = z.int().check(z.positive())
const streams = <T extends z.ZodMiniType>(value: T) => z.record(z.string(), value)

export const backupHeader = z.lazy(() =>
  z.object({
    kind: z.literal('larder-backup'),
    version: z.int(),
    /** Version of the domain that the store was open with. */
    domain: z.string(),
    /** The installation that it is of. */
    device: id,
    /** Who gave out the positions: `local`, or `server:` and the epoch of its log. */
    authority: z.string(),
    /** When it was begun. */
    at: time,
    /** About how many will follow: what there was when it was begun. */
    events: count,
  }),
)

const events = z.lazy(() => z.array(wireEvent).check(z.minLength(1), z.maxLength(EVENT_LIMITS.commitEvents)))

const confirmed = z.lazy(() =>
  z.object({
    kind: z.literal('confirmed'),
    id,
    device: id,
    seq: z.int().check(z.positive()),
    /** Of its first event. */
    position,
    /** Server clock; absent where the store itself confirms. */
    receivedAt: z.optional(time),
    events,
  }),
)

const unconfirmed = () => ({
  id,
  device: id,
  seq: z.int().check(z.positive()),
  madeAt: time,
  /** What its streams had to be like, and what it stood on. For whoever looks into the file: an import drops both. */
  expected: z.optional(streams(z.union([z.int(), z.string()]))),
  basis: z.optional(streams(z.unknown())),
  /** The server's last word on it. Dropped too: the next server is asked anew. */
  verdict: z.optional(z.unknown()),
  replaces: z.array(id),
  attempts: count,
  /** What it was decided by, where an aggregate decided it. */
  command: z.optional(
    z.object({ aggregate: z.string(), id: z.string(), command: z.string(), args: z.optional(z.unknown()) }),
  ),
  events,
})

const pending = z.lazy(() => z.object({ kind: z.literal('pending'), ...unconfirmed() }))

const deadLetter = z.lazy(() =>
  z.object({
    kind: z.literal('dead-letter'),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    since: time,
    nextAttemptAt: z.optional(time),
    ...unconfirmed(),
  }),
)

const discarded = z.lazy(() =>
  z.object({
    kind: z.literal('discarded'),
    why: z.enum(['discarded', 'replaced']),
    note: z.string(),
    at: time,
    withdraw: z.array(id),
    ...unconfirmed(),
  }),
)

/** Positions that could not be read when the backup was made. */
const unreadable = z.lazy(() => z.object({ kind: z.literal('unreadable'), first: position, last: position }))

export const backupEnd = z.lazy(() => z.object({ kind: z.literal('end'), commits: count, events: count }))

export const backupEntry = z.lazy(() =>
  z.discriminatedUnion('kind', [confirmed, pending, deadLetter, discarded, unreadable]),
)

export type BackupHeader = z.infer<typeof backupHeader>
export type BackupEntry = z.infer<typeof backupEntry>
export type BackupEnd = z.infer<typeof backupEnd>
export type BackupCommit = Exclude<BackupEntry, { kind: 'unreadable' }>
