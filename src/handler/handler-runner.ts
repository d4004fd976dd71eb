import { waitForDeadLetter } from '../dead-letter/dead-letter-actions.ts'
import { type HandledEvent, handlerLetter } from '../dead-letter/handler-letters.ts'
import { isLarderError, nameOfError } from '../errors.ts'
import { unpackEvent } from '../event/packed-events.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Logger, Random } from '../platform/ports.ts'
import type { HandlerLetterRecord } from '../store/records.ts'
import { backoffMs } from '../sync/backoff.ts'
import { sleep } from '../sync/sleep.ts'
import type { HandlerPlace } from './handler-place.ts'
import { type Entry, type FedBatch, type FedEvent, HandlerProgress } from './handler-progress.ts'
import type { HandlerOutcome, HandlerSpec } from './handler-spec.ts'
import { Lanes } from './lanes.ts'
import { CRASHED, ENDED } from './outcomes.ts'
import { ProgressWriter } from './progress-writer.ts'

export interface HandlerRunnerOptions {
  readonly spec: HandlerSpec
  readonly place: HandlerPlace
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly meter: Meter
  /** The next events behind a cursor, as they were written. */
  readonly read: (cursor: string, awaitsPull: boolean) => Promise<FedBatch>
  /** Where the log begins. */
  readonly start: () => string
  /** Calls when the log has moved; says whether dead letters may have too. */
  readonly onMoved: (listener: (letters: boolean) => void) => () => void
  /** The dead letters of this handler. */
  readonly letters: () => readonly HandlerLetterRecord[]
  /** A letter is about to be tried again. */
  readonly begin: (id: string) => Promise<void>
  /** It was. */
  readonly settle: (id: string, outcome: HandlerOutcome) => Promise<void>
  readonly run: (event: HandledEvent, attempt: number, signal: AbortSignal) => Promise<HandlerOutcome>
  /** It is over: resolves when what still runs is not waited for any more, at the latest soon after `ended` aborts. */
  readonly patience: (ended: AbortSignal) => Promise<void>
}

/** Wait before trying again what the storage refused. */
const AGAIN_MS = 1000
/** Runs that are counted before they are made, after a tab that ended without a word: its end may have been the work of one of them. */
const WATCHED_RUNS = 32

/**
 * Runs a durable handler for as long as this tab holds its lock. Every event from where the handler stands is given to it, at least once, in order per
 * stream; one that fails is tried again, and then becomes a dead letter, so that it keeps none behind it waiting for ever. While a function runs, no
 * transaction is open.
 */
export class HandlerRunner {
  readonly #options: HandlerRunnerOptions
  readonly #lanes: Lanes
  readonly #over: AbortSignal
  readonly #end = new AbortController()
  readonly #letters = new Set<string>()
  /** What gives up waiting, for each function that runs. */
  readonly #running = new Set<() => void>()
  #progress: HandlerProgress
  readonly #awaitsPull: boolean
  #wake: () => void = () => undefined
  #isMoved = true
  #areLettersMoved = true
  #cancelLetters: (() => void) | undefined
  readonly #writer: ProgressWriter
  #watchedRuns: number

  private constructor(
    options: HandlerRunnerOptions,
    lost: AbortSignal,
    progress: Awaited<ReturnType<HandlerPlace['take']>>,
  ) {
    this.#options = options
    this.#lanes = new Lanes(options.spec.concurrency)
    this.#over = AbortSignal.any([lost, this.#end.signal])
    this.#progress = new HandlerProgress(progress)
    this.#awaitsPull = progress.awaitsPull
    this.#watchedRuns = progress.isRunning === true ? WATCHED_RUNS : 0
    this.#writer = new ProgressWriter({
      ...options,
      over: this.#over,
      state: (alsoDone) => ({
        ...this.#progress.state(alsoDone, this.#over.aborted),
        awaitsPull: this.#awaitsPull,
        isRunning: !this.#over.aborted,
      }),
      isIdle: () => this.#progress.isIdle,
      onDeposed: () => this.#end.abort(),
    })
  }

  /** Resolves when `lost` has aborted, or another tab has taken over. What was done is then stored, where it can be. */
  static async run(options: HandlerRunnerOptions, lost: AbortSignal): Promise<void> {
    const progress = await options.place.take()
    if (!lost.aborted) await new HandlerRunner(options, lost, progress).#run()
  }

  async #run(): Promise<void> {
    const stopListening = this.#options.onMoved((letters) => this.#onMoved(letters))
    const onOver = () => this.#wake()
    this.#over.addEventListener('abort', onOver, { once: true })
    try {
      while (!this.#over.aborted) await this.#step()
    } finally {
      stopListening()
      this.#over.removeEventListener('abort', onOver)
      this.#cancelLetters?.()
      await this.#letEnd()
      await this.#writer.end()
    }
  }

  /** What runs has been told. What it has done by the time that nobody waits any more counts; the rest is done again. */
  async #letEnd(): Promise<void> {
    const ended = new AbortController()
    void this.#lanes.end().then(() => ended.abort())
    await this.#options.patience(ended.signal)
    for (const giveUp of this.#running) giveUp()
  }

  async #step(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (this.#areLettersMoved) this.#startLetters()
    if (!this.#isMoved || this.#progress.isFull) return woken
    this.#isMoved = false
    try {
      const batch = await this.#read()
      if (this.#over.aborted) return
      const before = this.#progress.state().cursor
      for (const entry of this.#progress.take(batch)) this.#lanes.add(entry.event.stream, () => this.#handle(entry))
      if (!batch.atEnd) this.#isMoved = true
      // A cursor that only passes over what is not asked for is stored with the next that is done.
      if (this.#progress.state().cursor !== before && batch.events.length > 0) this.#writer.saveSoon()
    } catch (error) {
      this.#options.logger.info('handler: the log cannot be read now', { error: nameOfError(error) })
      this.#isMoved = true
      await sleep(this.#options.clock, AGAIN_MS, this.#over)
    }
  }

  async #read(): Promise<FedBatch> {
    const { read, spec, start, logger } = this.#options
    try {
      return await read(this.#progress.readCursor, this.#awaitsPull)
    } catch (error) {
      if (!isLarderError(error, 'cursor-foreign') || !this.#progress.isIdle) throw error
      // The log is another than the one in which it stood. All of it again is at least once; anything less might leave something out.
      logger.error('handler: the log was replaced; all of it is handled again', { handler: spec.name })
      this.#progress = new HandlerProgress({ cursor: start(), finished: [], failing: [] })
      return read(this.#progress.readCursor, this.#awaitsPull)
    }
  }

  #onMoved(letters: boolean): void {
    this.#isMoved = true
    if (letters) this.#areLettersMoved = true
    this.#wake()
  }

  async #handle(entry: Entry): Promise<void> {
    const { spec, clock, random } = this.#options
    const { event } = entry
    const handled = asHandled(event)
    for (;;) {
      if (entry.attempts > 0) await this.#lanes.stepAside(() => this.#backOff(entry))
      if (this.#over.aborted) return
      const isLost = entry.hasCrashed && entry.attempts >= spec.attempts
      if (!isLost) await this.#countAhead(entry)
      if (this.#over.aborted) return
      if (isLost) {
        await this.#giveUp(entry, handled, CRASHED)
        break
      }
      const outcome = await this.#attempt(handled, entry.attempts + 1)
      if (this.#over.aborted && !outcome.ok) return
      entry.begun = undefined
      entry.hasCrashed = false
      if (outcome.ok) {
        this.#progress.finish(entry)
        break
      }
      entry.attempts++
      entry.failedAt = clock.now()
      entry.nextAttemptAt = entry.failedAt + backoffMs(entry.attempts, random.next())
      if (outcome.retryable && entry.attempts < spec.attempts) {
        this.#writer.saveSoon()
        continue
      }
      await this.#giveUp(entry, handled, outcome)
      break
    }
    this.#writer.saveSoon()
    this.#wake()
  }

  /** Stores that it is about to be run, where running it may be what ends tabs. */
  async #countAhead(entry: Entry): Promise<void> {
    const { clock, random } = this.#options
    if (this.#watchedRuns === 0 && !entry.hasCrashed) return
    this.#watchedRuns = Math.max(0, this.#watchedRuns - 1)
    const at = clock.now()
    entry.begun = { at, againAt: at + backoffMs(entry.attempts + 1, random.next()) }
    await this.#writer.saveNow()
  }

  /** Until the next attempt is due; a clock that was set back makes no wait longer than it was. */
  #backOff({ failedAt, nextAttemptAt }: Entry): Promise<void> {
    const { clock } = this.#options
    const now = clock.now()
    return sleep(clock, now < failedAt ? 0 : Math.max(0, nextAttemptAt - now), this.#over)
  }

  async #attempt(event: HandledEvent, attempt: number): Promise<HandlerOutcome> {
    const { spec, clock, meter, run } = this.#options
    const begunAt = clock.monotonic()
    const timeout = new AbortController()
    const { timeoutMs } = spec
    let cancel = (): void => undefined
    let giveUp = (): void => undefined
    const tooLate = new Promise<HandlerOutcome>((resolve) => {
      giveUp = () => resolve(ENDED)
      if (timeoutMs === undefined) return
      cancel = clock.after(timeoutMs, () => {
        timeout.abort(new DOMException(`The handler did not end within ${timeoutMs} ms`, 'TimeoutError'))
        const message = `It did not end within ${timeoutMs} ms; what it has done is not known`
        resolve({ ok: false, code: 'timeout', message, retryable: true })
      })
    })
    this.#running.add(giveUp)
    const outcome = await Promise.race([run(event, attempt, AbortSignal.any([this.#over, timeout.signal])), tooLate])
    this.#running.delete(giveUp)
    cancel()
    meter.time('larder.handler.duration', clock.monotonic() - begunAt, {
      handler: spec.name,
      outcome: outcome.ok ? 'done' : 'failed',
    })
    return outcome
  }

  async #giveUp(entry: Entry, event: HandledEvent, outcome: Extract<HandlerOutcome, { ok: false }>): Promise<void> {
    const { spec, clock, logger } = this.#options
    const { code, message, retryable } = outcome
    const letter = handlerLetter(
      spec.name,
      event,
      { code, message, retryable },
      { attempts: entry.attempts, now: clock.now() },
    )
    logger.error('handler: an event is given up, and lies among the dead letters', { handler: spec.name, code })
    // Only then: until it is a letter it is not done, whatever else is stored meanwhile.
    if (await this.#writer.giveUp(letter, entry)) this.#progress.finish(entry)
  }

  /** Gives those letters to the handler again whose time has come. */
  #startLetters(): void {
    const { letters, clock } = this.#options
    this.#areLettersMoved = false
    this.#cancelLetters?.()
    const now = clock.now()
    const waits: number[] = []
    for (const letter of letters()) {
      const wait = waitForDeadLetter(letter, now)
      if (wait === undefined || this.#letters.has(letter.id)) continue
      if (wait > 0) waits.push(wait)
      else {
        this.#letters.add(letter.id)
        this.#lanes.add(letter.events.streams[0] ?? '', () => this.#retry(letter))
      }
    }
    if (waits.length > 0) this.#cancelLetters = clock.after(Math.min(...waits), () => this.#wakeForLetters())
  }

  async #retry(letter: HandlerLetterRecord): Promise<void> {
    const { begin, settle, logger, clock } = this.#options
    const { id, commitId, position, events, attempts } = letter
    try {
      if (this.#over.aborted) return
      // Letters are few: each run is counted before it is made.
      await begin(id)
      const outcome = await this.#attempt({ event: unpackEvent(events, 0), commitId, position }, attempts + 1)
      if (!this.#over.aborted || outcome.ok) await settle(id, outcome)
    } catch (error) {
      logger.error('handler: a dead letter could not be settled', { error: nameOfError(error) })
      await sleep(clock, AGAIN_MS, this.#over)
    } finally {
      this.#letters.delete(id)
      this.#wakeForLetters()
    }
  }

  #wakeForLetters(): void {
    this.#areLettersMoved = true
    this.#wake()
  }
}

/** Without what only its place in the log says. */
function asHandled({ id, type, version, stream, time, data, metadata, commitId, position }: FedEvent): HandledEvent {
  return { event: { id, type, version, stream, time, data, metadata }, commitId, position }
}
