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

/** How an attempt went. */
export type AttemptOutcome = { readonly settled: true } | { readonly settled: false; readonly error: unknown }

/**
 * What went wrong for good, and what a person can do about it: commits that the server refused (`kind: 'commit'`), and events whose durable handler kept
 * failing (`kind: 'handler'`). None is ever removed by itself, unless `openLarder({ deadLetters: { whenFull: 'drop-oldest' } })` says so.
 *
 * What is done to one that was retried, and is being sent now, waits for the server's answer, 10 s at most. If that accepts it, the call rejects with
 * `dead-letter-accepted`; else it is done. Should the answer come later, what the server has done first counts: an amended commit may then be a dead letter
 * `already-accepted`, and one that was given up be confirmed.
 */
export interface LarderDeadLetters {
  /** Oldest first. */
  readonly list$: Observable<readonly DeadLetter[]>
  list(): Promise<readonly DeadLetter[]>
  stats(): Promise<DeadLetterStats>
  /**
   * A commit is sent again as it is: same id, same place. An event is given to its handler again, at once where that is registered in some tab, else as
   * soon as it is; after a failure it is tried again by itself, `maxAttempts` times in all.
   *
   * @throws LarderError `dead-letter-unknown`, `dead-letter-accepted`, `id-reused`
   */
  retry(id: string): Promise<void>
  /** Retries every letter whose time (`nextAttempt`) has come, as `retry` does; answers how many there were. */
  retryReady(): Promise<number>
  /**
   * Has the app itself do what failed. When `work` ends well the letter is settled: that of a handler is removed, a refused commit is given up as by
   * `discard`. When it fails, that counts as an attempt, and the next is due after a backoff; after `maxAttempts` of them it waits for a person. What `work`
   * throws is in the answer. Nothing keeps two tabs from attempting the same at a time.
   *
   * @throws LarderError `dead-letter-unknown`, `argument`
   */
  attempt(id: string, work: (letter: DeadLetter) => unknown): Promise<AttemptOutcome>
  /**
   * Sends other events in the place of a refused commit: a new commit that replaces it for ever. They go to the stream of the letter, unless they, or
   * `options`, name another; where the letter's events are of several streams, to those of their definitions.
   *
   * @throws LarderError `dead-letter-unknown`, `dead-letter-accepted`, `id-reused`, `argument` where the letter is of a handler, and what `append` throws
   */
  amend(id: string, events: NewEvent | readonly NewEvent[], options?: AmendOptions): Promise<Receipt>
  /**
   * Gives it up. A refused commit stays as a record, and the server is told. Of a handler's letter nothing stays but the event, which is in the log.
   *
   * @throws LarderError `dead-letter-unknown`, `dead-letter-accepted`
   */
  discard(id: string, options?: { reason?: string }): Promise<void>
  /**
   * All letters, and the records of all refused commits that were given up or replaced, as text: one JSON object a line, with the events as they were
   * written. Read from the store as the stream is read, at most about 1 MiB at a time.
   *
   * - `{"kind":"larder-dead-letters","version":1,"domain","device","at"}` is the first line;
   * - then each letter as in `list()`, by id: `{"kind":"commit",…}`, `{"kind":"handler",…}`;
   * - then each record, by id: `{"kind":"discarded"|"replaced","id","note","at","replaces","events"}`, where `note` is the reason, or the id of the commit that
   *   took its place;
   * - `{"kind":"end","letters","discarded"}`, the number of each, is the last line: a file without it was cut off.
   *
   * A letter that is settled on the way may be there as what it was, as what it became, or both. The stream errors with `timeout`, `worker-crashed`, `closed`
   * and what reading the storage throws.
   */
  export(): ReadableStream<Uint8Array<ArrayBuffer>>
}
