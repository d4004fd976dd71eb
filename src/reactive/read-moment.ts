import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { Moment as StoredMoment } from '../projection/state-at.ts'
import { checkObject } from './check-options.ts'
import { timeOf } from './check-query.ts'

/** @throws LarderError `argument` unless it says either a position or a time */
export function readMoment(given: unknown): StoredMoment {
  checkObject('at', given)
  const { position, time } = { position: undefined, time: undefined, ...given }
  if ((position === undefined) === (time === undefined))
    throw argumentError('at', 'Say either a position or a time: { position } or { time }')
  const ms = timeOf('time', time)
  if (ms !== undefined) return { time: ms }
  if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0)
    throw argumentError('position', `position is a whole number from 0; got ${showValue(position)}`)
  return { position }
}
