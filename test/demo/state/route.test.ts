import { describe, expect, test } from 'vitest'
import { addHref, parseRoute, tabHref, todayHref } from '../../../demo/state/route.ts'

const today = '2026-11-23'

describe('the address', () => {
  test('without a day means today, so that it is right after midnight too', () => {
    expect(parseRoute('')).toEqual({ screen: 'today', day: undefined })
    expect(parseRoute('#/today')).toEqual({ screen: 'today', day: undefined })
    expect(todayHref(today, today)).toBe('#/today')
  })

  test('leads to what it was made for', () => {
    expect(parseRoute(todayHref('2026-11-20', today))).toEqual({ screen: 'today', day: '2026-11-20' })
    expect(parseRoute(addHref('lunch', today, today))).toEqual({ screen: 'add', slot: 'lunch', day: undefined })
    expect(parseRoute(addHref('dinner', '2026-11-20', today))).toEqual({
      screen: 'add',
      slot: 'dinner',
      day: '2026-11-20',
    })
    expect(parseRoute('#/goals')).toEqual({ screen: 'goals' })
    expect(parseRoute('#/attention')).toEqual({ screen: 'attention' })
  })

  test('of the Add tab is for the day that is on the screen', () => {
    expect(tabHref('add', parseRoute('#/today/2026-11-20'))).toBe('#/add/2026-11-20')
    expect(tabHref('add', parseRoute('#/add/lunch/2026-11-20'))).toBe('#/add/2026-11-20')
    expect(tabHref('add', parseRoute('#/today'))).toBe('#/add')
    expect(tabHref('add', parseRoute('#/goals'))).toBe('#/add')
    expect(tabHref('today', parseRoute('#/today/2026-11-20'))).toBe('#/today')
  })

  test('that says nothing known leads to today', () => {
    for (const hash of ['#/nowhere', '#/today/2026-02-30', '#', '#//', '#/today/<script>']) {
      expect(parseRoute(hash), hash).toEqual({ screen: 'today', day: undefined })
    }
    expect(parseRoute('#/add/brunch')).toEqual({ screen: 'add', slot: undefined, day: undefined })
  })
})
