/**
 * Every promise that Larder breaks is a {@link LarderError} with a stable `code`. Decide by the code, never by the text:
 * the sentence is for people and may change, the code may not.
 */

/** Which event of an append, or of what a command made, an error is about. Neither where it is not about one of them. */
export interface EventOfError {
  /** Its index, from 0; of `appendAll`, counted from the first event of the source. */
  event?: number
  type?: string
}

/** What each code carries in `details`. A code that is not listed here carries none. */
export interface LarderErrorDetails {
  /** The stream was not at the version that the append expected. */
  concurrency: { stream: string; expected: number | 'noStream' | 'streamExists'; actual: number }
  /**
   * The data does not fit the event's schema. `event` is the index within the append; undefined where it is the argument of a command, and `type` then
   * its name, such as `user.setGoal`, or where it is the metadata of a whole append, and `type` then `append`.
   */
  validation: { type: string; event: number | undefined; issues: readonly { path: string; message: string }[] }
  /** The type is in no definition of this domain. `close`: those of `known` that may be meant, the likeliest first. */
  'unknown-type': EventOfError & { type: string; known: readonly string[]; close: readonly string[] }
  'version-invalid': EventOfError & { type: string; version: unknown; current: number }
  'payload-not-json': EventOfError & { path: string; kind: string }
  'payload-number': EventOfError & { path: string; value: string }
  'payload-cycle': EventOfError & { path: string }
  'payload-depth': EventOfError & { path: string; max: number }
  'payload-keys': EventOfError & { path: string; max: number }
  'key-forbidden': EventOfError & { path: string; key: string }
  'text-invalid': EventOfError & { path: string; index: number }
  'event-too-large': EventOfError & { type: string; bytes: number; max: number }
  'commit-too-large': { events: number; bytes: number; maxEvents: number; maxBytes: number }
  'commit-empty': undefined
  'stream-name': EventOfError & { stream: unknown }
  'id-duplicate': EventOfError & { id: string }
  'id-invalid': EventOfError & { id: unknown }
  /** The commit id was used before, for something else. */
  'id-reused': { id: string }
  argument: EventOfError & { argument: string }
  /**
   * Undefined where nothing was stored. `outcome: 'unknown'`: the connection was lost while it was storing, and nobody could look since. `commitId`, of an
   * append or a command: append the same again with this id, and it is stored once.
   */
  'storage-unavailable': { outcome: 'unknown'; commitId?: string } | undefined
  'storage-timeout': undefined
  'storage-full': { usage: number | undefined; quota: number | undefined }
  'storage-failed': undefined
  'storage-damaged': { record: string }
  'schema-too-new': { stored: number; supported: number }
  /** Something is stored on this device only. */
  unsynced: { pending: number; deadLetters: number }
  /** Another account has taken what the store holds. */
  claimed: undefined
  /** A middleware of the domain threw, or answered no event. `event` is the index within the append. */
  'middleware-failed': { type: string; event: number }
  'worker-unavailable': undefined
  /**
   * The worker died while the call was in flight. `outcome: 'unknown'`: it may or may not have been stored. `commitId`: append the same again with
   * this id, and it is stored once. `'nothing-written'`: the call was only to read.
   */
  'worker-crashed': { outcome: 'unknown' | 'nothing-written'; commitId?: string }
  'worker-mismatch': { page: string; worker: string }
  /** No answer in time. `outcome: 'unknown'`: it may be stored, or be stored yet; see `worker-crashed`. */
  timeout: { afterMs: number; outcome: 'unknown' | 'nothing-written'; commitId?: string }
  closed: undefined
  /** A CloudEvent that is none, or that says something that an event cannot. */
  'cloud-event-invalid': { attribute: string }
  'cursor-foreign': undefined
  /** It was sent again, and the server has taken it. */
  'dead-letter-accepted': { id: string }
  'dead-letter-unknown': { id: string }
  'commit-rejected': { id: string; where: 'rejected' | 'discarded' | 'replaced' }
  'commit-unknown': { id: string }
  /** The aggregate does not allow the command. `reason` is the code that its `refuse` gave, and the message its sentence. */
  refused: { reason: string; aggregate: string; command: string }
  /** `decide` threw, or answered what it may not: `event` is then the index within what it answered. */
  'command-failed': EventOfError & { aggregate: string; command: string }
  'aggregate-unknown': { aggregate: string }
  /** Evolve threw at this event. */
  'aggregate-faulted': { aggregate: string; stream: string; eventId: string }
  'projection-unknown': { projection: string }
  'projection-faulted': { projection: string; eventId: string }
  'update-required': undefined
  'auth-required': undefined
  'server-protocol': { problem: string }
  /** A signal ended it. `imported` of the error says what is stored all the same. */
  aborted: undefined
  /** What was to be read from threw: its error is the cause. */
  'source-failed': undefined
  /** The file is no backup, was altered or cut off. Commits in front of `line` may be imported: each of them is whole. */
  'backup-invalid': { line: number; problem: 'not-a-backup' | 'altered' | 'truncated' | 'malformed' }
  'backup-too-new': { version: number; supported: number }
  internal: undefined
}

/** How much of an import is stored. */
export interface ImportProgress {
  /** Of `appendAll`: the same again with this id adds only what is missing. */
  readonly id?: string
  readonly events: number
  readonly commits: number
}

export type LarderErrorCode = keyof LarderErrorDetails

type DetailsArgument<C extends LarderErrorCode> = undefined extends LarderErrorDetails[C]
  ? { details?: LarderErrorDetails[C] }
  : { details: LarderErrorDetails[C] }

export class LarderError<C extends LarderErrorCode = LarderErrorCode> extends Error {
  override readonly name = 'LarderError'
  /** Stable; the table in the documentation says what each one means and what to do. */
  readonly code: C
  /** Facts by code, see {@link LarderErrorDetails}. Never holds payload. */
  readonly details: LarderErrorDetails[C]
  /** Of `appendAll` and `backup.import` only: what is stored all the same. */
  readonly imported: ImportProgress | undefined

  constructor(code: C, message: string, options: { cause?: unknown; imported?: ImportProgress } & DetailsArgument<C>) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details as LarderErrorDetails[C]
    this.imported = options.imported
  }
}

/**
 * True if `error` is Larder's, and, where a code is given, has that code; `details` is then typed by it. Looks at the shape, not at the class:
 * the worker is bundled with a class of its own.
 */
export function isLarderError<C extends LarderErrorCode = LarderErrorCode>(
  error: unknown,
  code?: C,
): error is LarderError<C> {
  return (
    error instanceof Error &&
    error.name === 'LarderError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  )
}

/** The same error, of something long that has stored a part. */
export function withImported(error: LarderError, imported: ImportProgress): LarderError {
  return retold(error, error.message, error.details, imported)
}

/** The same error, in other words, and with facts beside its own. */
export function retold(
  error: LarderError,
  message: string,
  details: object | undefined,
  imported: ImportProgress | undefined = error.imported,
): LarderError {
  const { code, cause } = error
  const options = {
    details,
    ...(imported === undefined ? {} : { imported }),
    ...(cause === undefined ? {} : { cause }),
  }
  // Code and details were made together.
  const told = new LarderError(code, message, options as ConstructorParameters<typeof LarderError>[2])
  if (error.stack !== undefined) told.stack = error.stack
  return told
}

/** An argument that the caller can mend: names it, and says what was expected. */
export function argumentError(argument: string, sentence: string): LarderError<'argument'> {
  return new LarderError('argument', sentence, { details: { argument } })
}

export function closedError(): LarderError<'closed'> {
  return new LarderError('closed', 'This Larder is closed: open it again to go on', {})
}

/** What a log line may say of an error: its code or its name, never its text, which may hold data. */
export function nameOfError(error: unknown): string {
  if (isLarderError(error)) return error.code
  return error instanceof Error ? error.name : typeof error
}
