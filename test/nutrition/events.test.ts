import { describe, expect, it } from 'vitest'
import type { AnyEventDefinition } from '../../src/domain.ts'
import { isLarderError } from '../../src/errors.ts'
import { prepareCommit } from '../../src/event/prepare-commit.ts'
import * as entry from '../../src/nutrition/index.ts'
import { toast } from './happened.ts'

const { nutrition } = entry
let ids = 0
const newId = () => `0191f000-0000-7000-8000-${String(++ids).padStart(12, '0')}`

/** The stream that the event would be stored in, or the paths of the data that do not fit. */
function append(type: string, data: unknown): string | readonly string[] {
  const { version } = nutrition.catalog.get(type)
  try {
    const commit = prepareCommit({ type, version, data }, {}, { catalog: nutrition.catalog, now: () => 0, newId })
    return commit.events.streams[0] ?? ''
  } catch (error) {
    if (!isLarderError(error, 'validation')) throw error
    return error.details.issues.map((issue) => issue.path)
  }
}

const valid: Readonly<Record<string, readonly [data: object, stream: string]>> = {
  UserRegistered: [{ userId: 'ada', email: 'ada@example.org', profile: { name: 'Ada', age: 36 } }, 'user-ada'],
  NutritionGoalSet: [
    { userId: 'ada', goalType: 'weight_loss', targetValue: 2, unit: 'kg', timeline: 'monthly' },
    'user-ada',
  ],
  MealPlanCreated: [
    { userId: 'ada', planId: 'p1', weekStart: '2026-11-23', nutritionalTargets: { calories: 2000 }, mealCount: 21 },
    'plan-p1',
  ],
  MealPlanned: [{ ...toast, planId: 'p1' }, 'plan-p1'],
  PlannedMealRemoved: [{ userId: 'ada', planId: 'p1', mealId: 'toast', day: '2026-11-23' }, 'plan-p1'],
  MealLogged: [{ ...toast, foodId: '18075', portion: { amount: 2, unit: 'slice', grams: 56 } }, 'meal-toast'],
  MealRemoved: [{ userId: 'ada', mealId: 'toast', day: '2026-11-23' }, 'meal-toast'],
  HealthDataSynced: [
    { userId: 'ada', source: 'csv', metrics: [{ metric: 'weight', day: '2026-11-23', value: 61.2, unit: 'kg' }] },
    'health-ada',
  ],
  CoachingSessionCompleted: [{ userId: 'ada', sessionId: 's1', insights: ['More fibre'] }, 'coaching-s1'],
  PaymentProcessed: [{ userId: 'ada', subscriptionId: 'sub', amountMinor: 499, currency: 'EUR' }, 'subscription-sub'],
  WeeklyReportGenerated: [
    { userId: 'ada', reportId: 'r1', weekStart: '2026-11-16', weekEnd: '2026-11-22', metrics: { calories: 1900 } },
    'report-r1',
  ],
}

describe('the events of the domain', () => {
  it('are these', () => {
    expect([...nutrition.catalog.types].sort()).toEqual(Object.keys(valid).sort())
  })

  it('are all in the entry, under their own names', () => {
    const exported: Readonly<Record<string, unknown>> = entry
    for (const type of nutrition.catalog.types) {
      const definition = exported[type] as AnyEventDefinition
      expect(definition.type).toBe(type)
    }
  })

  it.each(Object.entries(valid))('%s is stored in the stream of what it happened to', (type, [data, stream]) => {
    expect(append(type, data)).toBe(stream)
  })

  it.each(Object.keys(valid))('%s needs all its data', (type) => {
    expect(append(type, {})).toContain('userId')
  })

  it.each([
    ['MealLogged', { calories: -1 }, 'calories'],
    ['MealLogged', { fibre: -0.1 }, 'fibre'],
    ['MealLogged', { protein: '5' }, 'protein'],
    ['MealLogged', { day: '23.11.2026' }, 'day'],
    ['MealLogged', { day: '2026-02-30' }, 'day'],
    ['MealLogged', { day: '2026-11-23T10:00:00Z' }, 'day'],
    ['MealLogged', { slot: 'brunch' }, 'slot'],
    ['MealLogged', { name: '   ' }, 'name'],
    ['MealLogged', { mealId: 'a b' }, 'mealId'],
    ['MealLogged', { mealId: '__proto__' }, 'mealId'],
    ['MealLogged', { mealId: '' }, 'mealId'],
    ['MealLogged', { portion: { amount: 0, unit: 'g', grams: 1 } }, 'portion.amount'],
    ['MealLogged', { portion: { amount: 1, unit: 'g', grams: -1 } }, 'portion.grams'],
    ['UserRegistered', { email: 'nobody' }, 'email'],
    ['UserRegistered', { profile: { age: 200 } }, 'profile.age'],
    ['NutritionGoalSet', { goalType: 'fame' }, 'goalType'],
    ['NutritionGoalSet', { targetValue: -1 }, 'targetValue'],
    ['MealPlanCreated', { mealCount: 1.5 }, 'mealCount'],
    ['HealthDataSynced', { metrics: [] }, 'metrics'],
    ['PaymentProcessed', { amountMinor: 4.99 }, 'amountMinor'],
    ['PaymentProcessed', { currency: 'euro' }, 'currency'],
    ['WeeklyReportGenerated', { weekEnd: 'Sunday' }, 'weekEnd'],
  ])('%s with %j is refused for %s', (type, change, path) => {
    expect(append(type, { ...valid[type]?.[0], ...change })).toEqual([path])
  })

  it('accepts the absurd meal that only a server refuses', () => {
    expect(append('MealLogged', { ...toast, calories: 25_000 })).toBe('meal-toast')
  })

  it('stores a name without the blanks around it, and takes its own output again', () => {
    const { schema } = entry.MealLogged
    const first = schema['~standard'].validate({ ...toast, name: '  Toast ' })
    if (first instanceof Promise || first.issues !== undefined) throw new Error('should fit')
    expect(first.value).toEqual(toast)
    expect(schema['~standard'].validate(first.value)).toEqual({ value: first.value })
  })
})
