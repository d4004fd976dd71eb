import { type BackupPlace, backupInvalid, MAX_LINE_UNITS, START_OF_BACKUP } from '../backup/backup-place.ts'
import { hasSeal } from '../backup/backup-seal.ts'
import { LineSplitter } from '../backup/line-splitter.ts'
import type { Client } from '../client/client.ts'
import type { BackupFailure, BackupImported, BackupLines } from '../engine/import-backup.ts'
import { argumentError, isLarderError, LarderError, withImported } from '../errors.ts'
import { checkLongRun } from './check-options.ts'
import type { BackupContents, BackupImportOptions, BackupProgress } from './larder-backup.ts'

/** Lines are sent when there is this much of them, in UTF-16 units. */
const PART_UNITS = 256 * 1024
/** How much longer than other calls a part may take: it may be thousands of commits, each looked for. */
const EXTRA_MS = 30_000

/** See `Larder.backup.import`. */
export async function importBackup(
  client: Client,
  stream: ReadableStream<Uint8Array>,
  options: BackupImportOptions,
): Promise<BackupProgress> {
  return (await new BackupStream(client, options, false).read(stream)).progress
}

/** See `Larder.backup.check`. */
export async function checkBackup(
  client: Client,
  stream: ReadableStream<Uint8Array>,
  options: Pick<BackupImportOptions, 'signal'>,
): Promise<BackupContents> {
  const { place } = await new BackupStream(client, options, true).read(stream)
  return {
    commits: place.commits,
    events: place.events,
    at: place.header?.at ?? '',
    device: place.header?.device ?? '',
  }
}

/** A backup as it comes in: cut into lines here, checked and stored by the engine, a part at a time. */
class BackupStream {
  readonly #client: Client
  readonly #options: BackupImportOptions
  readonly #checkOnly: boolean
  readonly #splitter = new LineSplitter()
  // What is no UTF-8 becomes U+FFFD, and the seal of its line says that it was altered.
  readonly #decoder = new TextDecoder()
  #place: BackupPlace = START_OF_BACKUP
  #progress: BackupProgress = { events: 0, commits: 0, known: 0, read: 0, total: 0 }
  #lines: string[] = []
  #units = 0

  constructor(client: Client, options: BackupImportOptions, checkOnly: boolean) {
    this.#client = client
    this.#options = options
    this.#checkOnly = checkOnly
    checkLongRun(options)
  }

  async read(stream: ReadableStream<Uint8Array>): Promise<{ place: BackupPlace; progress: BackupProgress }> {
    if (!(stream instanceof ReadableStream) || stream.locked)
      throw argumentError(
        'stream',
        'A backup is read from a ReadableStream that nobody else reads: file.stream(), response.body …',
      )
    const reader = stream.getReader()
    try {
      for (let bytes = await this.#next(reader); bytes !== undefined; bytes = await this.#next(reader))
        await this.#take(this.#decoder.decode(bytes, { stream: true }))
      await this.#finish()
      return { place: this.#place, progress: this.#progress }
    } catch (error) {
      reader.cancel(error).catch(() => undefined)
      const { events, commits } = this.#progress
      throw isLarderError(error) ? withImported(error, { events, commits }) : error
    } finally {
      reader.releaseLock()
    }
  }

  #next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
    const { signal } = this.#options
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(abortedError(signal))
      if (signal?.aborted === true) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      reader
        .read()
        .then(
          ({ value }) => {
            if (value === undefined || ArrayBuffer.isView(value)) resolve(value)
            else reject(argumentError('stream', 'A backup is read as bytes: pipe text through a TextEncoderStream'))
          },
          (cause: unknown) => reject(sourceError(cause)),
        )
        .finally(() => signal?.removeEventListener('abort', onAbort))
    })
  }

  async #take(piece: string): Promise<void> {
    for (const line of this.#splitter.push(piece)) {
      this.#lines.push(line)
      this.#units += line.length
      if (this.#units >= PART_UNITS) await this.#send(false)
    }
    if (this.#splitter.rest.length <= MAX_LINE_UNITS) return
    await this.#send(false)
    const { header, line } = this.#place
    throw backupInvalid(header === undefined ? 'not-a-backup' : 'altered', line + 1, 'it does not end')
  }

  async #finish(): Promise<void> {
    const rest = this.#splitter.rest + this.#decoder.decode()
    // Where the last line is cut off, the file ends with the one before.
    if (hasSeal(rest)) this.#lines.push(rest)
    await this.#send(true)
  }

  async #send(isLast: boolean): Promise<void> {
    const part = { lines: this.#lines, place: this.#place, isLast, checkOnly: this.#checkOnly }
    this.#lines = []
    this.#units = 0
    const { place, commits, events, known, failure } = await this.#import(part)
    this.#place = place
    const { header } = place
    this.#progress = {
      events: this.#progress.events + events,
      commits: this.#progress.commits + commits,
      known: this.#progress.known + known,
      read: place.events,
      total: Math.max(header?.events ?? 0, place.events),
    }
    if (failure !== undefined) throw errorOf(failure)
    this.#options.onProgress?.(this.#progress)
  }

  /** What a worker that died had stored of a part is known to the next one. */
  #import(part: BackupLines): Promise<BackupImported> {
    const call = () =>
      this.#client.call((api) => api.importBackup(part), { writes: !this.#checkOnly, extraMs: EXTRA_MS })
    return call().catch((error: unknown) => {
      if (isLarderError(error, 'worker-crashed')) return call()
      throw error
    })
  }
}

function errorOf(failure: BackupFailure): LarderError {
  return failure.code === 'backup-invalid'
    ? new LarderError(failure.code, failure.message, { details: failure.details })
    : new LarderError(failure.code, failure.message, { details: failure.details })
}

function sourceError(cause: unknown): LarderError<'source-failed'> {
  return new LarderError(
    'source-failed',
    'What the backup is read from failed: see the cause. Import it again to go on',
    {
      cause,
    },
  )
}

function abortedError(signal: AbortSignal | undefined): LarderError<'aborted'> {
  return new LarderError('aborted', 'It was ended by its signal; what is stored stays stored', {
    cause: signal?.reason,
  })
}
