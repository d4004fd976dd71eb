import { argumentError } from '../errors.ts'
import { upcastersOf } from './define-event.ts'
import type { RetiredEvent, Upcaster } from './event-definition.ts'

export interface RetireOptions {
  /**
   * What was stored means this today, by version; see `from(schema, definitions, up)`. A version that is not listed cannot be read. Leave out where it
   * means nothing any more: every version is then read as no event.
   */
  upcast: Readonly<Record<number, Upcaster<never>>>
}

/**
 * Says that something does not happen any more. What was stored stays in the log and is synced; it is read as what it means today, or as
 * nothing, and cannot be appended. List it in `defineDomain({ retired })`, for as long as a log may hold one.
 *
 * @throws LarderError `argument` when a version is not a whole number from 1
 */
export function retireEvent<const T extends string>(type: T, options?: RetireOptions): RetiredEvent<T> {
  const upcasters = upcastersOf<never>(type, options?.upcast ?? {})
  if (options !== undefined && upcasters.size === 0)
    throw argumentError('upcast', `Say what stored events of ${type} mean, or give no upcast where they mean nothing`)
  const version = options === undefined ? Number.POSITIVE_INFINITY : Math.max(...upcasters.keys())
  return Object.freeze({ type, version, upcasters })
}
