import { createStoreBus } from '../bus/create-event-bus.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { argumentError, isLarderError, nameOfError } from '../errors.ts'
import { derivedId } from '../event/derived-id.ts'
import { unpackEvents } from '../event/packed-events.ts'
import type { AppendOptions, PreparedCommit } from '../event/prepare-commit.ts'
import type { NewEvent, RecordedEvent } from '../event/recorded-event.ts'
import type { HandlerJob } from '../handler/handler-spec.ts'
import { readHandle } from './check-handle.ts'
import { checkObject } from './check-options.ts'
import type { DurableHandler, HandleContext, LarderHandlers } from './larder-handlers.ts'
import type { Receipt } from './receipt.ts'

export function createHandlers(client: Client, receiptOf: (stored: Appended) => Receipt): LarderHandlers {
  const { clock, logger } = client.platform
  const { bus, wants } = createStoreBus({
    clock,
    onError: ({ by, name, error }) =>
      logger.error('bus: an event could not be handled', { by, name, error: nameOfError(error) }),
  })
  client.onStored({
    wants,
    tell: (events) => {
      const wanted = unpackEvents(events).filter(({ type }) => wants(type))
      // Closed meanwhile: then nobody is left to be told.
      bus.publishBatch(wanted).catch(() => undefined)
    },
  })
  const handle = (first: unknown, second: unknown, third?: unknown): DurableHandler => {
    const { spec, handler } = readHandle(first, second, third)
    for (const type of spec.types) client.domain.catalog.get(type)
    const handled = client.handlers.handle(spec, async (job, signal) => {
      const context = contextOf(client, spec.name, job, signal, receiptOf)
      // The engine reads them with the definitions that the handler is typed by.
      for (const event of job.events) await handler(event as never, context)
    })
    if (handled === undefined) {
      throw argumentError(
        'name',
        `This tab has a handler ${spec.name} already: stop it first, or give this one another name`,
      )
    }
    const { ready, stop } = handled
    // Whoever does not wait for it hears of it through the log.
    ready.catch((error: unknown) => {
      if (!isLarderError(error, 'closed'))
        logger.info('handler: not ready yet', { handler: spec.name, error: nameOfError(error) })
    })
    return { name: spec.name, ready, stop }
  }
  return { bus, handle }
}

function contextOf(
  client: Client,
  handler: string,
  { eventId, events, attempt }: HandlerJob,
  signal: AbortSignal,
  receiptOf: (stored: Appended) => Receipt,
): HandleContext {
  let appends = 0
  const cause = causeOf(events[0], eventId)
  return {
    signal,
    attempt,
    append: async (given, options = {}) => {
      checkObject('options', options)
      const id = derivedId(eventId, `append ${++appends} of ${handler}`)
      const metadata = { ...cause, ...options.metadata }
      const commit = client.prepare(withIds(given, id), { ...options, id, metadata })
      return receiptOf(await appendOnce(client, commit))
    },
  }
}

function causeOf(event: RecordedEvent | undefined, eventId: string): NonNullable<AppendOptions['metadata']> {
  return { causationId: eventId, correlationId: event?.metadata.correlationId ?? eventId }
}

function withIds(given: NewEvent | readonly NewEvent[], commitId: string): NewEvent | readonly NewEvent[] {
  const list: readonly NewEvent[] = isList(given) ? given : [given]
  // What is no event is refused where all is checked.
  return list.map((event, index) =>
    typeof event === 'object' && event !== null
      ? { ...event, id: event.id ?? derivedId(commitId, `event ${index + 1}`) }
      : event,
  )
}

/** What a run before has stored under the same id counts, whatever this run would say: it may have asked somebody else who answers anew each time. */
async function appendOnce(client: Client, commit: PreparedCommit): Promise<Appended> {
  try {
    return await client.appendPrepared(commit, true)
  } catch (error) {
    if (!isLarderError(error, 'id-reused')) throw error
    return { commitId: commit.id, eventIds: commit.eventIds, position: undefined }
  }
}

function isList(given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] {
  return Array.isArray(given)
}
