import { argumentError } from '../../errors.ts'
import { checkPayload } from '../../event/check-payload.ts'
import { storedEventOf } from '../../event/commit-draft.ts'
import { prepareEvent } from '../../event/prepare-commit.ts'
import type { DomainEvent, NewEvent, StoredEvent } from '../../event/recorded-event.ts'
import type { Domain } from '../../projection/define-domain.ts'
import { TEST_START } from '../time/manual-clock.ts'

/** The n-th id that a test makes up, from 1. */
export function testId(kind: 'event' | 'command', n: number): string {
  return `${kind === 'event' ? '0e' : '0c'}000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

/** When the n-th event happened, from 1: a second apart from each other, the last one before the test begins. */
function timeOf(n: number, count: number): string {
  return new Date(TEST_START - (count - n + 1) * 1000).toISOString()
}

/**
 * Events as they would lie in the log, read as they would be: checked like an append where they are of the current version of their definition, upcast
 * where they are older.
 *
 * @param stream of those that name none; default: what their definitions say
 * @throws LarderError what `append` throws
 */
export function givenEvents(domain: Domain, given: readonly NewEvent[], stream?: string): readonly DomainEvent[] {
  return given.flatMap((event, index) => {
    const stored = storedEvent(domain, event, index, { time: timeOf(index + 1, given.length), stream })
    const read = domain.catalog.read(stored)
    if (read.kind === 'events') return read.events
    const why =
      read.kind === 'unreadable'
        ? read.issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')
        : read.kind
    throw argumentError('events', `Event ${index} of what is given, ${event.type}, cannot be read: ${why}`)
  })
}

function storedEvent(
  { catalog }: Domain,
  event: NewEvent,
  index: number,
  { time, stream }: { readonly time: string; readonly stream: string | undefined },
): StoredEvent {
  const id = event.id ?? testId('event', index + 1)
  const definition = catalog.find(event.type)
  if (definition === undefined || event.version < definition.version) {
    const data = checkPayload(event.data, 'data')
    const { type, version, metadata = {} } = event
    return { id, type, version, data, time, metadata, stream: event.stream ?? stream ?? 'given' }
  }
  const options = stream === undefined ? {} : { stream }
  const context = { catalog, now: () => TEST_START, newId: () => id }
  return storedEventOf(prepareEvent({ ...event, id }, index, time, options, context))
}
