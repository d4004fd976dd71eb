import { LarderError } from '../domain.ts'

const DAY_MS = 86_400_000

/**
 * The day so many days later, or earlier where `days` is negative. Days are the calendar's: no time zone has a say.
 *
 * @throws LarderError `argument` when `day` is not a day such as `2026-11-23`
 */
export function addDays(day: string, days: number): string {
  return dayOf(numberOf(day) + days)
}

/**
 * The week of a day, named by its Monday: `weekOf('2026-11-29')` is `2026-11-23`.
 *
 * @throws LarderError `argument` when `day` is not a day such as `2026-11-23`
 */
export function weekOf(day: string): string {
  const number = numberOf(day)
  // 1 January 1970 was a Thursday.
  return dayOf(number - ((((number + 3) % 7) + 7) % 7))
}

/**
 * The seven days of the week of a day, Monday first.
 *
 * @throws LarderError `argument` when `day` is not a day such as `2026-11-23`
 */
export function daysOfWeek(day: string): readonly string[] {
  const monday = weekOf(day)
  return [0, 1, 2, 3, 4, 5, 6].map((days) => addDays(monday, days))
}

function numberOf(day: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  // The 30th of February is read as the 2nd of March.
  if (!Number.isNaN(time) && dayOf(time / DAY_MS) === day) return time / DAY_MS
  throw new LarderError('argument', 'A day is written as 2026-11-23, and is one of the calendar', {
    details: { argument: 'day' },
  })
}

function dayOf(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, -'T00:00:00.000Z'.length)
}
