import type { Client } from '../client/client.ts'
import { argumentError, isLarderError, LarderError, withImported } from '../errors.ts'
import { CommitDraft } from '../event/commit-draft.ts'
import { derivedId } from '../event/derived-id.ts'
import { EVENT_LIMITS } from '../event/limits.ts'
import { commitIdOf, type PrepareContext, prepareEvent, timeOf } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { AppendAllOptions, AppendAllProgress } from './append-all-options.ts'
import { checkLongRun } from './check-options.ts'

const DEFAULT_BATCH = 500
/** A commit ends before it has more; one event may have more by itself. As much as a segment holds. */
const BATCH_BYTES = 256 * 1024
/** The page gets its turn at least this often. */
const BREATH_MS = 12

type Events = Iterable<NewEvent> | AsyncIterable<NewEvent>
type Source = Iterator<NewEvent> | AsyncIterator<NewEvent>

/** See `Larder.appendAll`. */
export async function appendAll(client: Client, events: Events, options: AppendAllOptions): Promise<AppendAllProgress> {
  return new BulkAppend(client, options).run(sourceOf(events))
}

/** One commit is on its way while the next is gathered; it is sent only when the one in front of it is stored. */
class BulkAppend {
  readonly #client: Client
  readonly #context: PrepareContext
  readonly #options: AppendAllOptions
  readonly #batchSize: number
  #stored: AppendAllProgress
  #draft: CommitDraft
  #time: string
  #index = 0
  #onItsWay: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  /** Ends the wait for the source. */
  #interrupt: ((error: unknown) => void) | undefined
  #breathedAt: number

  constructor(client: Client, options: AppendAllOptions) {
    this.#client = client
    this.#context = client.prepareContext
    this.#options = options
    checkLongRun(options)
    this.#batchSize = batchSizeOf(options)
    this.#stored = { id: commitIdOf(options.id, this.#context), events: 0, commits: 0 }
    this.#draft = this.#nextDraft(0)
    this.#time = timeOf(this.#context)
    this.#breathedAt = client.platform.clock.monotonic()
  }

  async run(source: Source): Promise<AppendAllProgress> {
    const { signal } = this.#options
    const onAbort = () => this.#fail(abortedError(signal))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted === true) onAbort()
    // Whoever has ended, or failed, is not told to end.
    const open = { source, isOpen: true }
    try {
      for (let next = await this.#next(open); next.done !== true; next = await this.#next(open)) {
        await this.#take(next.value)
        await this.#breathe()
      }
      if (this.#draft.count > 0) await this.#send()
      await this.#onItsWay
      return this.#stored
    } catch (error) {
      // What is on its way may be stored yet, and then it counts.
      await this.#onItsWay.catch(() => undefined)
      if (open.isOpen) letGo(source)
      throw isLarderError(error) ? withImported(error, this.#stored) : error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** What the source gives next. Rejects too when what is on its way fails, or it is aborted. */
  #next(open: { readonly source: Source; isOpen: boolean }): Promise<IteratorResult<NewEvent, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.error)
      this.#interrupt = reject
      const failed = (cause: unknown) => {
        open.isOpen = false
        reject(sourceError(cause))
      }
      try {
        Promise.resolve(open.source.next()).then((next) => {
          if (next.done === true) open.isOpen = false
          resolve(next)
        }, failed)
      } catch (cause) {
        failed(cause)
      }
    })
  }

  async #take(event: NewEvent): Promise<void> {
    const prepared = prepareEvent(event, this.#index++, this.#time, this.#options, this.#context)
    if (this.#draft.count > 0 && this.#draft.bytes + prepared.bytes + 1 > BATCH_BYTES) await this.#send()
    this.#draft.add(prepared)
    if (this.#draft.count >= this.#batchSize) await this.#send()
  }

  async #send(): Promise<void> {
    await this.#onItsWay
    const draft = this.#draft
    this.#draft = this.#nextDraft(this.#stored.commits + 1)
    this.#time = timeOf(this.#context)
    this.#onItsWay = this.#store(draft)
    this.#onItsWay.catch((error: unknown) => this.#fail(error))
  }

  async #store(draft: CommitDraft): Promise<void> {
    await this.#client.appendPrepared(draft.finish(), this.#options.id !== undefined)
    const { id, events, commits } = this.#stored
    this.#stored = { id, events: events + draft.count, commits: commits + 1 }
    this.#options.onProgress?.(this.#stored)
  }

  #nextDraft(nth: number): CommitDraft {
    return new CommitDraft(derivedId(this.#stored.id, `commit ${nth}`))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#interrupt?.(error)
  }

  /** Whatever the source and the engine do, in a worker or here, the page comes to do something else in between. */
  async #breathe(): Promise<void> {
    const { clock, nextTurn } = this.#client.platform
    if (clock.monotonic() - this.#breathedAt < BREATH_MS) return
    await nextTurn()
    this.#breathedAt = clock.monotonic()
  }
}

function sourceOf(events: Events): Source {
  if (typeof events === 'object' && events !== null) {
    if (Symbol.asyncIterator in events) return events[Symbol.asyncIterator]()
    if (Symbol.iterator in events) return events[Symbol.iterator]()
  }
  throw argumentError('events', 'appendAll takes what can be iterated over: an array, a generator, an async iterable …')
}

function batchSizeOf({ batchSize = DEFAULT_BATCH }: AppendAllOptions): number {
  if (Number.isSafeInteger(batchSize) && batchSize >= 1 && batchSize <= EVENT_LIMITS.commitEvents) return batchSize
  throw argumentError(
    'batchSize',
    `batchSize is a whole number from 1 to ${EVENT_LIMITS.commitEvents}; got ${batchSize}`,
  )
}

/** Not waited for: a source that is just being asked for its next event ends when it has answered, if ever. */
function letGo(source: Source): void {
  try {
    Promise.resolve(source.return?.()).catch(() => undefined)
  } catch {
    // What went wrong first is what the app hears of.
  }
}

function sourceError(cause: unknown): LarderError<'source-failed'> {
  return new LarderError('source-failed', 'What the events come from failed: see the cause', { cause })
}

function abortedError(signal: AbortSignal | undefined): LarderError<'aborted'> {
  return new LarderError('aborted', 'It was ended by its signal; what is stored stays stored', {
    cause: signal?.reason,
  })
}
