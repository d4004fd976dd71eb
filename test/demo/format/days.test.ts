import { describe, expect, test } from 'vitest'
import { addDays, dayName, isDay, localDay, sevenDays } from '../../../demo/format/days.ts'

describe('a day', () => {
  test('is the one on the wall clock, not the one in Greenwich', () => {
    expect(localDay(new Date(2026, 10, 3, 23, 59))).toBe('2026-11-03')
    expect(localDay(new Date(2026, 10, 4, 0, 0))).toBe('2026-11-04')
  })

  test('steps over months, years, leap days and the changes of the clock', () => {
    expect(addDays('2026-11-30', 1)).toBe('2026-12-01')
    expect(addDays('2027-01-01', -1)).toBe('2026-12-31')
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2026-03-28', 2)).toBe('2026-03-30')
    expect(addDays('2026-10-24', 2)).toBe('2026-10-26')
  })

  test('is named as people say it', () => {
    expect(dayName('2026-11-23', '2026-11-23')).toBe('Today')
    expect(dayName('2026-11-22', '2026-11-23')).toBe('Yesterday')
    expect(dayName('2026-11-24', '2026-11-23')).toBe('Tomorrow')
    expect(dayName('2026-11-20', '2026-11-23')).toBe('Friday')
  })

  test('is told from text that is none', () => {
    expect(isDay('2026-11-23')).toBe(true)
    for (const text of ['2026-02-30', '2026-13-01', '2026-11-3', 'lunch', '', '2026-11-23T12:00']) {
      expect(isDay(text), text).toBe(false)
    }
  })
})

describe('the seven days of the strip', () => {
  const today = '2026-11-23'

  test('end today while the day is near', () => {
    expect(sevenDays(today, today).at(-1)).toBe(today)
    expect(sevenDays('2026-11-20', today).at(-1)).toBe(today)
  })

  test('hold the day in their middle further back', () => {
    expect(sevenDays('2026-11-01', today)).toEqual([
      '2026-10-29',
      '2026-10-30',
      '2026-10-31',
      '2026-11-01',
      '2026-11-02',
      '2026-11-03',
      '2026-11-04',
    ])
  })

  test('reach a day that has not come, if that is the one asked for', () => {
    expect(sevenDays('2026-11-25', today).at(-1)).toBe('2026-11-25')
  })
})
