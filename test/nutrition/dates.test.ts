import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, daysOfWeek, weekOf } from '../../src/nutrition/index.ts'
import { failureOf } from '../support/failure.ts'

const anyDay = fc
  .date({ min: new Date('0001-01-08'), max: new Date('9999-12-20'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

describe('a week', () => {
  it('begins on Monday, also over the ends of months and years and on a leap day', () => {
    expect(weekOf('2026-11-23')).toBe('2026-11-23')
    expect(weekOf('2026-11-29')).toBe('2026-11-23')
    expect(weekOf('2027-01-01')).toBe('2026-12-28')
    expect(daysOfWeek('2024-03-01')).toEqual([
      ...['2024-02-26', '2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01', '2024-03-02', '2024-03-03'],
    ])
    expect(weekOf('1969-12-31')).toBe('1969-12-29')
  })

  it('is the Monday that is reached by going back day by day, whatever the day', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        let back = day
        while (new Date(`${back}T12:00:00Z`).getUTCDay() !== 1) back = addDays(back, -1)
        expect(weekOf(day)).toBe(back)
        expect(daysOfWeek(day)).toContain(day)
        expect(addDays(addDays(day, 3), -3)).toBe(day)
      }),
    )
  })

  it.each(['2026-02-30', '2026-11-23T10:00:00Z', '23.11.2026', ''])('is refused of what is no day: %s', async (day) => {
    expect(await failureOf(() => weekOf(day))).toMatchObject({ code: 'argument', details: { argument: 'day' } })
  })
})
