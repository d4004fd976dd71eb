import { changeHandlerLetter, type HandledEvent, settleHandlerLetter } from '../dead-letter/handler-letters.ts'
import { afterFailedAttempt } from '../dead-letter/letter-attempts.ts'
import { isLarderError, nameOfError } from '../errors.ts'
import type { EventCatalog } from '../event/catalog.ts'
import { HandlerPlace } from '../handler/handler-place.ts'
import { HandlerRunner } from '../handler/handler-runner.ts'
import type { HandlerOutcome, HandlerSpec, RunHandler } from '../handler/handler-spec.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Locks, Logger, Random } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StorageBackend } from '../store/storage-backend.ts'
import type { StorageWatch } from '../store/storage-watch.ts'
import { backoffMs } from '../sync/backoff.ts'
import { sleep } from '../sync/sleep.ts'
import { formatCursor } from './feed-cursor.ts'
import { cursorOf, readFeed } from './read-feed.ts'

export interface HandlerDeskOptions {
  readonly store: EventStore
  readonly backend: StorageBackend
  readonly storage: Pick<StorageWatch, 'whenReady'>
  readonly catalog: EventCatalog
  readonly clock: Clock
  readonly random: Random
  readonly locks: Locks
  readonly logger: Logger
  readonly meter: Meter
  /** Tabs of the same place share the locks. */
  readonly lockName: (handler: string) => string
  /** How often a dead letter is tried before it waits for a person. */
  readonly maxAttempts: number
}

interface Registration {
  readonly spec: HandlerSpec
  readonly run: RunHandler
  readonly place: HandlerPlace
  /** It is to end for good; what runs may finish. */
  readonly stopped: AbortController
  /** Ends waiting for the lock, or holding it, at once, whatever runs; undefined while the tab rests. */
  standing: AbortController | undefined
  /** Resolves when it neither runs nor waits any more. */
  ended: Promise<void>
}

interface Standing {
  readonly end: AbortSignal
  /** Aborts where nothing that runs is waited for. */
  readonly hurry: AbortSignal
}

/** Wait before asking for the lock again after losing it. */
const RELOCK_MS = 1000
/** A function that runs when its handler is stopped may take so long to end before another tab may have the handler. */
const STOP_WAIT_MS = 5000

/** The durable handlers that this tab's page has registered. Of all tabs that have registered a name, the one that holds its lock runs it. */
export class HandlerDesk {
  readonly #options: HandlerDeskOptions
  readonly #registrations = new Map<number, Registration>()
  #isResting = false

  constructor(options: HandlerDeskOptions) {
    this.#options = options
  }

  /**
   * Resolves when the place from which it handles is stored. What is appended in this tab after the call lies behind that place.
   *
   * @param id whatever the page calls it
   */
  async register(id: number, spec: HandlerSpec, run: RunHandler): Promise<void> {
    const place = this.#placeOf(spec)
    // At once, so that it is in front of what the page appends next.
    const opened = place.open()
    const registration: Registration = {
      ...{ spec, run, place },
      stopped: new AbortController(),
      standing: undefined,
      ended: opened.catch(() => undefined),
    }
    this.#registrations.set(id, registration)
    if (!this.#isResting) this.#standUp(registration, opened)
    await opened
  }

  /** Lets what runs end, for up to 5 s. Resolves when what it has done is stored. */
  async unregister(id: number): Promise<void> {
    const registration = this.#registrations.get(id)
    registration?.stopped.abort()
    await registration?.ended
    this.#registrations.delete(id)
  }

  /** Lets go of all locks at once, for a tab that is about to be frozen: another tab that has registered the same takes over. */
  rest(): void {
    this.#isResting = true
    for (const registration of this.#registrations.values()) {
      registration.standing?.abort()
      registration.standing = undefined
    }
  }

  wake(): void {
    if (!this.#isResting) return
    this.#isResting = false
    for (const registration of this.#registrations.values())
      if (!registration.stopped.signal.aborted) this.#standUp(registration)
  }

  /** Waits for nothing that runs. Resolves when all have let go, and what they have done is stored. */
  async stop(): Promise<void> {
    const stopped = [...this.#registrations.keys()].map((id) => this.unregister(id))
    for (const { standing } of this.#registrations.values()) standing?.abort()
    await Promise.all(stopped)
  }

  #placeOf({ name, from, when, scope }: HandlerSpec): HandlerPlace {
    const { store, backend, clock } = this.#options
    const { meta } = store.known
    const zone = when === 'confirmed' ? 'confirmed' : 'all'
    const start = formatCursor(cursorOf(store, { after: undefined, zone }))
    // Also behind what is pending, which comes to the confirmed zone later.
    const now = formatCursor(cursorOf(store, { after: 'now', zone: 'all' }))
    const awaitsPull =
      from === 'now' && scope === 'every-device' && meta.authority !== 'local' && meta.pulled === undefined
    const begin = { cursor: from === 'now' ? now : start, awaitsPull }
    return new HandlerPlace({ store, backend, name, begin, start, now: () => clock.now() })
  }

  #standUp(registration: Registration, opened: Promise<void> = registration.place.open()): void {
    const standing = new AbortController()
    registration.standing = standing
    const end = AbortSignal.any([registration.stopped.signal, standing.signal])
    const before = registration.ended
    registration.ended = this.#stand(registration, opened, { end, hurry: standing.signal }).then(() => before)
  }

  async #stand(registration: Registration, opened: Promise<void>, { end, hurry }: Standing): Promise<void> {
    const { spec, place } = registration
    const { locks, lockName, logger, clock, storage } = this.#options
    let place$ = opened
    while (!end.aborted) {
      try {
        await place$
        await locks.hold(lockName(spec.name), end, (lost) =>
          HandlerRunner.run(this.#runnerOf(registration, hurry), lost),
        )
      } catch (error) {
        if (!end.aborted) logger.error('handler: it cannot run now', { handler: spec.name, error: nameOfError(error) })
      }
      if (end.aborted) return
      await sleep(clock, RELOCK_MS, end)
      await storage.whenReady('write', end)
      if (end.aborted) return
      place$ = place.open()
      // Awaited above; should the tab end first, nobody is there to hear of it.
      place$.catch(() => undefined)
    }
  }

  #runnerOf({ spec, place, run, stopped }: Registration, hurry: AbortSignal): Parameters<typeof HandlerRunner.run>[0] {
    const { store, catalog, clock } = this.#options
    const types = new Set(spec.types)
    const zone = spec.when === 'confirmed' ? 'confirmed' : 'all'
    const foreignAfter = (awaitsPull: boolean) => (): number => {
      if (spec.scope === 'origin') return Number.POSITIVE_INFINITY
      return awaitsPull ? (store.known.meta.pulled ?? Number.POSITIVE_INFINITY) : 0
    }
    return {
      ...this.#options,
      ...{ spec, place },
      read: (after, awaitsPull) =>
        readFeed(store, catalog, {
          ...{ after, zone, types: spec.types, stream: undefined, asWritten: true },
          foreignAfter: foreignAfter(awaitsPull),
        }),
      start: () => formatCursor(cursorOf(store, { after: undefined, zone })),
      onMoved: (listener) => store.subscribe(({ change }) => listener(change.reset)),
      letters: () => [...store.known.handlerLetters.values()].filter(({ handler }) => handler === spec.name),
      begin: (id) => this.#begin(id),
      settle: (id, outcome) => this.#settle(id, outcome),
      run: (event, attempt, signal) => this.#run(event, attempt, signal, { types, run }),
      // Whoever lost the lock, or is about to be frozen, keeps nobody waiting.
      patience: async (ended) => {
        if (stopped.signal.aborted) await sleep(clock, STOP_WAIT_MS, AbortSignal.any([ended, hurry]))
      },
    }
  }

  /** An upcaster may lead to types that nobody asked for, or to nothing. */
  async #run(
    { event, commitId, position }: HandledEvent,
    attempt: number,
    signal: AbortSignal,
    { types, run }: { readonly types: ReadonlySet<string>; readonly run: RunHandler },
  ): Promise<HandlerOutcome> {
    const read = this.#options.catalog.read(event)
    if (read.kind !== 'events') return unreadable(read.kind)
    const asked = read.events.filter(({ type }) => types.has(type))
    if (asked.length === 0) return { ok: true }
    const events = asked.map((current) => ({ ...current, commitId, position, receivedAt: undefined }))
    return run({ eventId: event.id, events, attempt }, signal)
  }

  /** Counted before it is made: one that ends its tab would be made at every start, for ever. */
  async #begin(id: string): Promise<void> {
    const { store, clock, random, maxAttempts } = this.#options
    const limits = { now: clock.now(), backoff: (tries: number) => backoffMs(tries, random.next()), maxAttempts }
    await changeHandlerLetter(store, id, (letter) => afterFailedAttempt(letter, limits))
  }

  async #settle(id: string, outcome: HandlerOutcome): Promise<void> {
    const { store } = this.#options
    try {
      if (outcome.ok) await settleHandlerLetter(store, id)
      else {
        const { code, message, retryable } = outcome
        await changeHandlerLetter(store, id, (letter) => ({
          ...{ ...letter, code, message, retryable },
          nextAttemptAt: retryable ? letter.nextAttemptAt : undefined,
        }))
      }
    } catch (error) {
      // A person was faster.
      if (!isLarderError(error, 'dead-letter-unknown')) throw error
    }
  }
}

/** An update may be able to read it, and then a retry does. */
function unreadable(kind: 'unknown-type' | 'too-new' | 'unreadable'): HandlerOutcome {
  const message = {
    'unknown-type': 'No definition of this type is in the domain',
    'too-new': 'A newer version of the app has written it: update the app, then retry',
    unreadable: 'Its data does not fit its definition any more: see the upcasters, then retry',
  }[kind]
  return { ok: false, code: `event-${kind}`, message, retryable: false }
}
