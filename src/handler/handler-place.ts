import { putHandlerLetters } from '../dead-letter/handler-letters.ts'
import type { EventStore } from '../store/event-store.ts'
import { putNotes } from '../store/quarantine.ts'
import type { HandlerLetterRecord, HandlerRecord } from '../store/records.ts'
import { quarantineId } from '../store/segment-reader.ts'
import type { StorageBackend } from '../store/storage-backend.ts'

type Progress = Pick<HandlerRecord, 'cursor' | 'finished' | 'failing' | 'awaitsPull' | 'isRunning'>

export interface HandlerPlaceOptions {
  readonly store: EventStore
  readonly backend: StorageBackend
  readonly name: string
  /** Where it begins, the first time that anybody registers it. */
  readonly begin: Pick<HandlerRecord, 'cursor' | 'awaitsPull'>
  /** Where it goes on when its record cannot be read. */
  readonly start: string
  /** ms since 1970. */
  readonly now: () => number
}

/** Another tab runs the handler now: what this one has still to say does not count. */
export class Deposed extends Error {
  constructor() {
    super('Another tab runs this handler')
  }
}

/** Where the progress of one handler is kept. A lock alone does not fence: every write checks that this tab was the last to take the handler over. */
export class HandlerPlace {
  readonly #options: HandlerPlaceOptions
  #term = 0

  constructor(options: HandlerPlaceOptions) {
    this.#options = options
  }

  /**
   * Makes its record, where there is none. It waits its turn among the appends of this tab: what is appended after the registration is stored after this,
   * and so lies behind it for sure.
   */
  async open(): Promise<void> {
    const { store, name, begin } = this.#options
    await store.transition(async (tx) => {
      if ((await tx.get('handlers', name)) !== undefined) return
      await tx.put('handlers', { name, term: 0, ...begin, finished: [], failing: [] })
    })
  }

  /** Takes the handler over; `isRunning` says that whoever ran it last has not let go of it. */
  async take(): Promise<Progress> {
    const { store, name, begin, start, now } = this.#options
    return store.transition(async (tx) => {
      const stored = await tx.get('handlers', name)
      const isDamaged = stored !== undefined && !isHandlerRecord(stored)
      const fresh = { name, term: 0, ...begin, finished: [], failing: [] }
      const known = stored === undefined ? fresh : isDamaged ? { ...fresh, cursor: start, awaitsPull: false } : stored
      if (isDamaged) {
        const note = {
          id: quarantineId('handlers', name),
          table: 'handlers',
          key: name,
          reason: 'a field is missing',
        } as const
        await putNotes(tx, [{ ...note, at: now(), range: undefined, repairedAt: undefined, record: stored }])
      }
      this.#term = known.term + 1
      await tx.put('handlers', { ...known, term: this.#term, isRunning: true })
      return known
    })
  }

  /** @throws Deposed */
  async save(progress: Progress): Promise<void> {
    const { backend, name } = this.#options
    // On its own table: it keeps no append and no exchange waiting.
    await backend.transact('write', ['handlers'], async (tx) => {
      if ((await tx.get('handlers', name))?.term !== this.#term) throw new Deposed()
      await tx.put('handlers', { name, term: this.#term, ...progress })
    })
  }

  /** In one transaction: the event counts as done, and lies among the dead letters. @throws Deposed */
  async giveUp(letter: HandlerLetterRecord, progress: Progress): Promise<void> {
    const { store, name } = this.#options
    await store.transition(async (tx, cache) => {
      if ((await tx.get('handlers', name))?.term !== this.#term) throw new Deposed()
      await Promise.all([
        putHandlerLetters(tx, cache, [letter]),
        tx.put('handlers', { name, term: this.#term, ...progress }),
      ])
    })
  }
}

function isHandlerRecord(record: HandlerRecord): boolean {
  const { term, cursor, finished, failing } = record
  return Number.isSafeInteger(term) && typeof cursor === 'string' && Array.isArray(finished) && Array.isArray(failing)
}
