import { argumentError, LarderError } from '../errors.ts'
import { isStreamName } from '../event/limits.ts'
import { showValue } from '../event/show-value.ts'
import type { AnyAggregate } from './define-aggregate.ts'

/**
 * The stream of one aggregate.
 *
 * @throws LarderError `argument` when the id is not text, `stream-name` when it makes no name of a stream
 */
export function aggregateStream(aggregate: AnyAggregate, id: unknown): string {
  if (typeof id !== 'string' || id === '')
    throw argumentError('id', `Which ${aggregate.name}? Its id is text; got ${showValue(id)}`)
  const stream: unknown = aggregate.streamOf(id)
  if (isStreamName(stream)) return stream
  throw new LarderError(
    'stream-name',
    `Aggregate ${aggregate.name} makes ${showValue(stream)} of this id, which is no name of a stream: 1 to 128 letters, digits, '.', '_', ':' and '-'`,
    { details: { stream } },
  )
}
