import type { Observable } from 'rxjs'
import type { DeadLetter, DeadLetterStats } from '../dead-letter/dead-letter.ts'
import type { EventMetadata, NewEvent } from '../event/recorded-event.ts'
import type { Receipt } from './receipt.ts'

export interface AmendOptions {
  /** Stream of the events that name none themselves. Default: that of the letter's events, when they are all of one. */
  stream?: string
  /** Added to every event's metadata; what the event itself carries wins. */
  metadata?: EventMetadata
}

/** What went wrong for good, and what a person can do about it. */
export interface LarderDeadLetters {
  readonly list$: Observable<readonly DeadLetter[]>
  list(): Promise<readonly DeadLetter[]>
  stats(): Promise<DeadLetterStats>
  /** Sends it again as it is: same id, same place. */
  retry(id: string): Promise<void>
  /**
   * Sends other events in its place: a new commit that replaces it for ever. They go to the stream of the letter, unless they, or `options`, name
   * another; where the letter's events are of several streams, to those of their definitions.
   *
   * @throws LarderError `dead-letter-unknown`, and what `append` throws
   */
  amend(id: string, events: NewEvent | readonly NewEvent[], options?: AmendOptions): Promise<Receipt>
  /** Gives it up; it stays as a record, and the server is told. */
  discard(id: string, options?: { reason?: string }): Promise<void>
}
