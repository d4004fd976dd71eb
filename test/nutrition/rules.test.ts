import { describe, expect, it } from 'vitest'
import type { CommitRule } from '../../src/event/commit-rule.ts'
import { MealPlanCreated, nutritionRules, PaymentProcessed } from '../../src/nutrition/index.ts'
import { happened, logged, removed } from './happened.ts'

const now = Date.parse('2026-11-23T23:30:00.000Z')
const payment = happened(
  PaymentProcessed({ userId: 'ada', subscriptionId: 'sub-1', amountMinor: 499, currency: 'EUR' }),
)
const plan = happened(
  MealPlanCreated({ userId: 'ada', planId: 'p', weekStart: '2026-12-28', nutritionalTargets: {}, mealCount: 21 }),
)

const refusals = (...events: readonly ReturnType<typeof logged>[]) =>
  nutritionRules.flatMap((rule) => rule({ events }, { now }) ?? [])

describe('the rules that a server holds', () => {
  it.each([
    { what: 'an ordinary meal', events: [logged()], codes: [] },
    { what: 'a meal of exactly 10,000 kcal', events: [logged({ calories: 10_000 })], codes: [] },
    { what: 'a meal of more', events: [logged({ calories: 10_000.5 })], codes: ['calories-implausible'] },
    {
      what: 'one such meal among others',
      events: [logged(), logged({ calories: 1e6 })],
      codes: ['calories-implausible'],
    },
    { what: 'a meal of long ago', events: [logged({ day: '2019-01-01' })], codes: [] },
    { what: 'a meal tomorrow, which is today in the east', events: [logged({ day: '2026-11-24' })], codes: [] },
    { what: 'a meal the day after', events: [logged({ day: '2026-11-25' })], codes: ['day-in-future'] },
    { what: 'the removal of a meal to come', events: [removed('toast', '2030-01-01')], codes: [] },
    { what: 'a plan for a week to come', events: [plan], codes: [] },
    { what: 'a payment', events: [payment], codes: ['payment-from-client'] },
    {
      what: 'a payment and a huge meal to come',
      events: [payment, logged({ calories: 20_000, day: '2027-01-01' })],
      codes: ['payment-from-client', 'calories-implausible', 'day-in-future'],
    },
  ])('$what: $codes', ({ events, codes }) => {
    expect(refusals(...events).map((refusal) => refusal.code)).toEqual(codes)
  })

  it('say what to do in a sentence that holds nothing of the payload', () => {
    const secret = logged({ name: 'Secret stew', calories: 123_456, day: '2027-01-01' })
    for (const { message } of refusals(secret, payment)) {
      expect(message).toMatch(/^[A-Z].+\.$/)
      expect(message).not.toMatch(/Secret|123|2027|ada|sub-1/)
    }
  })

  it('are rules that a server takes', () => {
    const rules: readonly CommitRule[] = nutritionRules
    expect(rules).toHaveLength(3)
  })
})
