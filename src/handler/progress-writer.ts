import { nameOfError } from '../errors.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import type { HandlerLetterRecord } from '../store/records.ts'
import { sleep } from '../sync/sleep.ts'
import { Deposed, type HandlerPlace } from './handler-place.ts'
import type { Entry } from './handler-progress.ts'

type Progress = Parameters<HandlerPlace['save']>[0]

export interface ProgressWriterOptions {
  readonly place: HandlerPlace
  readonly clock: Clock
  readonly logger: Logger
  readonly over: AbortSignal
  readonly state: (alsoDone?: Entry) => Progress
  /** Whether nothing more is to be done for now. */
  readonly isIdle: () => boolean
  readonly onDeposed: () => void
}

/** What is done is stored at the latest after this, while more is being done. */
const SAVE_EVERY_MS = 100
/** Wait before trying again what the storage refused. */
const AGAIN_MS = 1000

/** Stores a handler's progress, many events in one write. Writes follow each other, and each says what is so when its turn comes. */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions
  #writing: Promise<unknown> = Promise.resolve()
  #isDirty = false
  #isSaving = false
  #cancelSave: (() => void) | undefined

  constructor(options: ProgressWriterOptions) {
    this.#options = options
  }

  saveSoon(): void {
    this.#isDirty = true
    const { over, isIdle, clock } = this.#options
    if (over.aborted || this.#isSaving) return
    // Nothing more is to be done: then nothing is gained by waiting.
    if (isIdle()) this.#startSave()
    else this.#cancelSave ??= clock.after(SAVE_EVERY_MS, () => this.#startSave())
  }

  /** Puts an event among the dead letters; tries until it is there, and answers whether it is. */
  async giveUp(letter: HandlerLetterRecord, entry: Entry): Promise<boolean> {
    const { place, state, over, logger, clock, onDeposed } = this.#options
    while (!over.aborted) {
      try {
        await this.#alone(() => place.giveUp(letter, state(entry)))
        return true
      } catch (error) {
        if (error instanceof Deposed) onDeposed()
        else logger.error('handler: a dead letter could not be stored yet', { error: nameOfError(error) })
        await sleep(clock, AGAIN_MS, over)
      }
    }
    return false
  }

  /** Resolves when it is stored, or could not be. */
  saveNow(): Promise<void> {
    return this.#save()
  }

  /** Resolves when nothing is left to be stored, and that this tab has let go; or when it could not be. */
  async end(): Promise<void> {
    this.#cancelSave?.()
    await this.#writing
    await this.#save()
  }

  #startSave(): void {
    this.#cancelSave?.()
    this.#cancelSave = undefined
    if (this.#isSaving) return
    this.#isSaving = true
    void this.#save().then(() => {
      this.#isSaving = false
      if (this.#isDirty) this.saveSoon()
    })
  }

  async #save(): Promise<void> {
    const { place, state, logger, clock, over, onDeposed } = this.#options
    try {
      await this.#alone(() => {
        this.#isDirty = false
        return place.save(state())
      })
    } catch (error) {
      if (error instanceof Deposed) return onDeposed()
      // What is done is done again, should this tab die before it can be stored.
      this.#isDirty = true
      logger.error('handler: its progress could not be stored yet', { error: nameOfError(error) })
      await sleep(clock, AGAIN_MS, over)
    }
  }

  #alone<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined)
    return written
  }
}
