import { unpackEvents } from '../event/packed-events.ts'
import type { DeadLetterRecord } from '../store/records.ts'
import type { DeadLetter } from './dead-letter.ts'

export function describeDeadLetter(letter: DeadLetterRecord): DeadLetter {
  const frame = {
    id: letter.id,
    code: letter.code,
    message: letter.message,
    attempts: letter.attempts,
    since: new Date(letter.since).toISOString(),
    nextAttempt: letter.nextAttemptAt === undefined ? undefined : new Date(letter.nextAttemptAt).toISOString(),
    retryable: letter.retryable,
  }
  if (letter.kind === 'commit') {
    const { events, replaces } = letter.commit
    return { kind: 'commit', ...frame, replaces, events: unpackEvents(events) }
  }
  const { handler, commitId, events } = letter
  return { kind: 'handler', ...frame, handler, commitId, events: unpackEvents(events) }
}
