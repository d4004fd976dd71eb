import { createStoreBus } from '../bus/create-event-bus.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { argumentError, isLarderError, nameOfError } from '../errors.ts'
import { type Causation, causedBy } from '../event/causation.ts'
import { derivedId } from '../event/derived-id.ts'
import { unpackEvents } from '../event/packed-events.ts'
import type { PreparedCommit } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { HandlerJob } from '../handler/handler-spec.ts'
import { readHandle } from './check-handle.ts'
import { checkObject } from './check-options.ts'
import { commandsOf, execute } from './execute-command.ts'
import type { DurableHandler, HandleContext, LarderHandlers } from './larder-handlers.ts'
import type { Receipt } from './receipt.ts'

export function createHandlers(client: Client, receiptOf: (stored: Appended) => Receipt): LarderHandlers {
  const { clock, logger } = client.platform
  const { bus, wants } = createStoreBus({
    clock,
    onError: ({ by, name, error }) =>
      logger.error('bus: an event could not be handled', { by, name, error: nameOfError(error) }),
  })
  client.stored.add({
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
      const [first] = job.events
      if (first === undefined) return
      // What an event was split into has ids of its own; what caused something is what is stored.
      const cause = causedBy({ ...first, id: job.eventId })
      const context = contextOf(client, spec.name, { job, cause, signal }, receiptOf)
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
  { job: { eventId, attempt }, cause, signal }: Run,
  receiptOf: (stored: Appended) => Receipt,
): HandleContext {
  let appends = 0
  let commands = 0
  return {
    signal,
    attempt,
    append: async (given, options = {}) => {
      checkObject('options', options)
      const id = derivedId(eventId, `append ${++appends} of ${handler}`)
      const metadata = { ...cause, ...options.metadata }
      const commit = client.prepare(withIds(given, id), { ...options, id, metadata })
      return receiptOf(await once(() => client.appendPrepared(commit, true), commit))
    },
    execute: (aggregate, id, options = {}) =>
      commandsOf(aggregate, async (command, args) => {
        checkObject('options', options)
        const commitId = derivedId(eventId, `command ${++commands} of ${handler}`)
        const given = { ...options, id: commitId, metadata: { ...cause, ...options.metadata } }
        const carryOut = () => execute(client, { aggregate, id, command, args, options: given }, receiptOf)
        const done = await once(carryOut, { id: commitId, eventIds: [] })
        return 'settled' in done ? done : receiptOf(done)
      }),
  }
}

interface Run {
  readonly job: HandlerJob
  readonly cause: Causation
  readonly signal: AbortSignal
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
async function once<T>(store: () => Promise<T>, { id, eventIds }: Known): Promise<T | Appended> {
  try {
    return await store()
  } catch (error) {
    if (!isLarderError(error, 'id-reused')) throw error
    return { commitId: id, eventIds, position: undefined }
  }
}

type Known = Pick<PreparedCommit, 'id' | 'eventIds'>

function isList(given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] {
  return Array.isArray(given)
}
