import { locale } from './locale.ts'

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** `just now`, `5 minutes ago`, `in 30 seconds`, `yesterday`; the date where that says more. */
export function timeFromNow(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1000)
  const distance = Math.abs(seconds)
  if (distance < 5) return 'just now'
  if (distance < 60) return relative.format(seconds, 'second')
  if (distance < 3600) return relative.format(Math.round(seconds / 60), 'minute')
  if (distance < 86_400) return relative.format(Math.round(seconds / 3600), 'hour')
  if (distance < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day')
  return dateAndTime(iso)
}

/** `Nov 23, 2026, 12:30 PM`, where the person is. */
export function dateAndTime(iso: string): string {
  return moment.format(Date.parse(iso))
}
