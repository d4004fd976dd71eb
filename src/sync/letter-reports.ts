import { nameOfError } from '../errors.ts'
import { utf8Length } from '../event/check-text.ts'
import type { Clock, Logger, Transport } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import type { CommitLetterRecord } from '../store/records.ts'
import type { TokenSource } from './token-source.ts'
import { PROTOCOL_VERSION } from './wire.ts'
import { withDeadline } from './with-deadline.ts'

/**
 * What the server is told of refused commits. `'codes'`: id, code, number of attempts and since when. `'events'`: their events too. `false`: nothing.
 */
export type ReportLetters = 'codes' | 'events' | false

export interface LetterReportsOptions {
  readonly store: EventStore
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly clock: Clock
  readonly logger: Logger
  readonly reportLetters: ReportLetters
}

const MAX_LETTERS = 100
const MAX_BYTES = 512 * 1024
const DEADLINE_MS = 30_000
/** A server that did not take a report is spared for so long. */
const AGAIN_AFTER_MS = 5 * 60_000

/**
 * Tells the server which commits wait as dead letters. Best effort: nothing waits for it, and nothing fails with it. What was reported is known to this
 * leadership only: the next one reports again, which replaces the report from before.
 */
export class LetterReports {
  readonly #options: LetterReportsOptions
  /** What was said of each letter, by its id. */
  readonly #told = new Map<string, string>()
  #isAtWork = false
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(options: LetterReportsOptions) {
    this.#options = options
  }

  /** Reports what has not been reported yet. Never rejects. */
  async report(signal: AbortSignal): Promise<void> {
    const { clock, logger, reportLetters } = this.#options
    if (reportLetters === false || this.#isAtWork || clock.monotonic() < this.#notBefore) return
    this.#isAtWork = true
    try {
      for (let letters = this.#due(); letters.length > 0 && !signal.aborted; letters = this.#due()) {
        if (!(await this.#send(letters, signal))) {
          this.#notBefore = clock.monotonic() + AGAIN_AFTER_MS
          return
        }
        for (const letter of letters) this.#told.set(letter.id, summaryOf(letter))
      }
    } catch (error) {
      this.#notBefore = clock.monotonic() + AGAIN_AFTER_MS
      logger.debug('sync: dead letters could not be reported', { error: nameOfError(error) })
    } finally {
      this.#isAtWork = false
    }
  }

  #due(): readonly CommitLetterRecord[] {
    const { deadLetters } = this.#options.store.known
    for (const id of this.#told.keys()) if (!deadLetters.has(id)) this.#told.delete(id)
    const due: CommitLetterRecord[] = []
    let bytes = 0
    for (const letter of deadLetters.values()) {
      if (this.#told.get(letter.id) === summaryOf(letter)) continue
      bytes += this.#options.reportLetters === 'events' ? utf8Length(letter.commit.events.body) : 0
      if (due.length === MAX_LETTERS || (due.length > 0 && bytes > MAX_BYTES)) break
      due.push(letter)
    }
    return due
  }

  /** Answers whether the server has taken it. */
  async #send(letters: readonly CommitLetterRecord[], signal: AbortSignal): Promise<boolean> {
    const { store, transport, tokens, clock } = this.#options
    const device = store.known.meta.device
    const body = `{"protocol":${PROTOCOL_VERSION},"device":"${device}","deadLetters":[${letters.map((letter) => this.#json(letter)).join(',')}]}`
    const { status, redirected } = await withDeadline({ clock, deadlineMs: DEADLINE_MS, signal }, async (over) =>
      transport.post({ path: 'dead-letters', body, token: await tokens.get(over), signal: over }),
    )
    return status === 204 && !redirected
  }

  #json(letter: CommitLetterRecord): string {
    const { id, code, attempts, since, commit } = letter
    const head = JSON.stringify({ id, code, attempts, since: new Date(since).toISOString() })
    return this.#options.reportLetters === 'events' ? `${head.slice(0, -1)},"events":[${commit.events.body}]}` : head
  }
}

function summaryOf({ code, attempts }: CommitLetterRecord): string {
  return `${code} ${attempts}`
}
