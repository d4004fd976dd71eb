import { derivedId } from '../event/derived-id.ts'
import { packEvents } from '../event/packed-events.ts'
import type { DomainEvent, StoredEvent } from '../event/recorded-event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import type { HandlerLetterRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { disturbedBy } from './dead-letter-actions.ts'
import { unknownLetter } from './refused-commit.ts'

/** Why a handler failed for good. */
export interface HandlerRefusal {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
}

/** The event that it failed on, and where that lies. */
export interface HandledEvent {
  /** As it was written. */
  readonly event: DomainEvent
  readonly commitId: string
  readonly position: number | undefined
}

/** The same for the same handler and event: however often it is given up, there is one letter. */
export function handlerLetterId(handler: string, eventId: string): string {
  return derivedId(eventId, `dead letter of ${handler}`)
}

export function handlerLetter(
  handler: string,
  { event, commitId, position }: HandledEvent,
  refusal: HandlerRefusal,
  { attempts, now }: { readonly attempts: number; readonly now: number },
): HandlerLetterRecord {
  return {
    id: handlerLetterId(handler, event.id),
    kind: 'handler',
    handler,
    ...refusal,
    attempts,
    since: now,
    nextAttemptAt: undefined,
    tries: 0,
    commitId,
    position,
    // What was written is JSON.
    events: packEvents([event as StoredEvent]),
  }
}

/** Has it run again, as soon as its handler is there. */
export function retryHandlerLetter(store: EventStore, id: string, now: number): Promise<void> {
  return changeHandlerLetter(store, id, (letter) => ({ ...letter, nextAttemptAt: now, tries: 0 }))
}

/** It is done, or given up. The event stays in the log. */
export function settleHandlerLetter(store: EventStore, id: string): Promise<void> {
  return changeHandlerLetter(store, id, () => undefined)
}

/** @param change answers the letter as it is from now on; undefined where there is none any more */
export function changeHandlerLetter(
  store: EventStore,
  id: string,
  change: (letter: HandlerLetterRecord) => HandlerLetterRecord | undefined,
): Promise<void> {
  return store.transition(async (tx, cache) => {
    const letter = cache.handlerLetters.get(id)
    if (letter === undefined) throw unknownLetter(id)
    const changed = change(letter)
    await Promise.all([
      changed === undefined ? tx.delete('deadLetters', id) : tx.put('deadLetters', changed),
      tx.put('meta', disturbedBy(cache.meta, [id])),
    ])
  })
}

/** They are given up, all at once. The events stay in the log. */
export function settleHandlerLetters(store: EventStore, ids: readonly string[]): Promise<void> {
  return store.transition(async (tx, cache) => {
    const there = ids.filter((id) => cache.handlerLetters.has(id))
    if (there.length === 0) return
    await Promise.all([tx.delete('deadLetters', ...there), tx.put('meta', disturbedBy(cache.meta, there))])
  })
}

/** Part of the transaction that gives an event up. */
export async function putHandlerLetters(
  tx: StorageTransaction,
  cache: Pick<LogCache, 'meta'>,
  letters: readonly HandlerLetterRecord[],
): Promise<void> {
  const ids = letters.map(({ id }) => id)
  await Promise.all([tx.put('deadLetters', ...letters), tx.put('meta', disturbedBy(cache.meta, ids))])
}
