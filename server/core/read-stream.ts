import { argumentError } from '../../src/errors.ts'
import type { DomainEvent, StoredEvent } from '../../src/event/recorded-event.ts'
import type { Definitions } from './check-events.ts'
import type { ReadStreamOptions } from './rules.ts'
import type { LogTransaction } from './server-log.ts'

const MAX_EVENTS = 1000

/** The `read` of a rule. */
export async function readStreamForRules(
  log: LogTransaction,
  definitions: Definitions,
  stream: string,
  options: ReadStreamOptions = {},
): Promise<readonly DomainEvent[]> {
  const { afterVersion = 0, limit = MAX_EVENTS } = options
  if (!Number.isSafeInteger(afterVersion) || afterVersion < 0)
    throw argumentError('afterVersion', 'afterVersion is a whole number from 0')
  if (!Number.isSafeInteger(limit) || limit < 1) throw argumentError('limit', 'limit is a whole number from 1')
  const texts = await log.readStream(stream, afterVersion, Math.min(limit, MAX_EVENTS))
  return texts.flatMap((text) => {
    const stored: StoredEvent = JSON.parse(text)
    if (definitions === 'blind-relay') return [stored]
    const read = definitions.read(stored)
    return read.kind === 'events' ? read.events : []
  })
}
