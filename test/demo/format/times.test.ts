import { expect, test } from 'vitest'
import { timeFromNow } from '../../../demo/format/times.ts'

const now = Date.parse('2026-11-23T12:00:00.000Z')

test.each([
  [0, 'just now'],
  [-4_000, 'just now'],
  [-42_000, '42 seconds ago'],
  [42_000, 'in 42 seconds'],
  [-5 * 60_000, '5 minutes ago'],
  [-3 * 3_600_000, '3 hours ago'],
  [-26 * 3_600_000, 'yesterday'],
])('%d ms from now is %s', (distance, words) => {
  expect(timeFromNow(new Date(now + distance).toISOString(), now)).toBe(words)
})

test('a time further away than a week is a date', () => {
  expect(timeFromNow('2026-10-01T12:00:00.000Z', now)).toContain('2026')
})
