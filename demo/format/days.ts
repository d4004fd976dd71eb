import { locale } from './locale.ts'

/** A calendar day as `2026-11-23`. Arithmetic is done in UTC, where every day has 24 hours. */
export type Day = string

const DAY_MS = 86_400_000

export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && utcDay(Date.parse(text)) === text
}

/** The day that the clock on the wall shows. */
export function localDay(now: Date): Day {
  const month = String(now.getMonth() + 1).padStart(2, '0')
  const date = String(now.getDate()).padStart(2, '0')
  return `${now.getFullYear()}-${month}-${date}`
}

export function addDays(day: Day, days: number): Day {
  return utcDay(Date.parse(day) + days * DAY_MS)
}

/** Seven days around `day` that end today at the latest: what is ahead has nothing to show. */
export function sevenDays(day: Day, today: Day): readonly Day[] {
  const inThreeDays = addDays(day, 3)
  const last = day > today ? day : inThreeDays < today ? inThreeDays : today
  return Array.from({ length: 7 }, (_, index) => addDays(last, index - 6))
}

const weekday = formatter({ weekday: 'long' })
const longDate = formatter({ weekday: 'long', day: 'numeric', month: 'long' })
const mediumDate = formatter({ weekday: 'short', day: 'numeric', month: 'short' })
const narrowWeekday = formatter({ weekday: 'narrow' })

/** `Monday, November 23` */
export const dayInFull = (day: Day): string => longDate(day)
/** `Mon, Nov 23` */
export const dayInShort = (day: Day): string => mediumDate(day)
/** `M` */
export const weekdayLetter = (day: Day): string => narrowWeekday(day)

/** `Today`, `Yesterday`, or the name of the weekday. */
export function dayName(day: Day, today: Day): string {
  if (day === today) return 'Today'
  if (day === addDays(today, -1)) return 'Yesterday'
  if (day === addDays(today, 1)) return 'Tomorrow'
  return weekday(day)
}

function utcDay(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10)
}

function formatter(options: Intl.DateTimeFormatOptions): (day: Day) => string {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })
  return (day) => format.format(Date.parse(day))
}
