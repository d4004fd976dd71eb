import { argumentError, LarderError } from '../errors.ts'
import { showValue } from './show-value.ts'

/**
 * What a stream has to look like for an append to be stored.
 * - `'any'`: no check (the default)
 * - `'noStream'`: the stream has no event, same as 0
 * - `'streamExists'`: it has at least one
 * - a number: it has exactly that many
 */
export type ExpectedVersion = 'any' | 'noStream' | 'streamExists' | number

/** Expectations that are not `'any'`, by stream. */
export type ExpectedVersions = Readonly<Record<string, StrictExpectation>>
export type StrictExpectation = Exclude<ExpectedVersion, 'any'>

export function isExpectedVersion(value: unknown): value is ExpectedVersion {
  return (
    value === 'any' ||
    value === 'noStream' ||
    value === 'streamExists' ||
    (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
  )
}

export function assertExpectedVersion(value: unknown): asserts value is ExpectedVersion {
  if (!isExpectedVersion(value)) {
    throw argumentError(
      'expectedVersion',
      `expectedVersion has to be 'any', 'noStream', 'streamExists' or a whole number from 0; it is ${showValue(value)}`,
    )
  }
}

export function isExpectationMet(expected: ExpectedVersion, actual: number): boolean {
  if (expected === 'any') return true
  if (expected === 'noStream') return actual === 0
  if (expected === 'streamExists') return actual > 0
  return actual === expected
}

export function concurrencyError(
  stream: string,
  expected: StrictExpectation,
  actual: number,
): LarderError<'concurrency'> {
  return new LarderError(
    'concurrency',
    `Stream ${stream} is at version ${actual}, not at ${expected}: load it again, decide again, and append with the version that you then see`,
    { details: { stream, expected, actual } },
  )
}
