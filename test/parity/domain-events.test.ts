import {
  CoachingSessionCompleted,
  HealthDataSynced,
  MealPlanCreated,
  NutritionGoalSet,
  nutrition,
  PaymentProcessed,
  UserRegistered,
  WeeklyReportGenerated,
  weekOf,
} from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

describe('Domain Events', () => {
  it('Example Usage', async () => {
    const test = await createTestLarder(nutrition)

    // User registration flow
    const userEvent = UserRegistered({
      userId: 'user-123',
      email: 'john@example.com',
      profile: { name: 'John Doe', age: 30, dietaryPreferences: ['vegetarian'] },
    })

    // Meal planning
    const mealPlanEvent = MealPlanCreated({
      userId: 'user-123',
      planId: 'plan-456',
      weekStart: weekOf('2026-11-25'),
      nutritionalTargets: { calories: 2000, protein: 150, carbs: 250, fat: 67 },
      mealCount: 21,
    })

    // Nutrition tracking
    const goalEvent = NutritionGoalSet({
      userId: 'user-123',
      goalType: 'weight_loss',
      targetValue: 2.0,
      unit: 'kg',
      timeline: 'monthly',
    })

    // All or none of them
    await test.larder.append([userEvent, mealPlanEvent, goalEvent])
    const { events } = await test.larder.events()
    expect(events.map(({ data }) => data)).toEqual([userEvent.data, mealPlanEvent.data, goalEvent.data])
    expect(mealPlanEvent.data.weekStart).toBe('2026-11-23')
    await test.close()
  })

  it('all eight are there', async () => {
    const test = await createTestLarder(nutrition)
    const userId = 'user-123'
    await test.larder.append([
      UserRegistered({ userId, email: 'john@example.com', profile: {} }),
      NutritionGoalSet({ userId, goalType: 'calories', targetValue: 2000, unit: 'kcal' }),
      MealPlanCreated({ userId, planId: 'p', weekStart: '2026-11-23', nutritionalTargets: {}, mealCount: 0 }),
      mealLogged('meal-1'),
      HealthDataSynced({
        userId,
        source: 'fitbit',
        metrics: [{ metric: 'steps', day: '2026-11-23', value: 9000, unit: 'count' }],
      }),
      CoachingSessionCompleted({ userId, sessionId: 's', insights: ['More fibre'] }),
      PaymentProcessed({ userId, subscriptionId: 'sub', amountMinor: 999, currency: 'EUR' }),
      WeeklyReportGenerated({ userId, reportId: 'r', weekStart: '2026-11-16', weekEnd: '2026-11-22', metrics: {} }),
    ])
    const { events } = await test.larder.events()
    expect(events.map(({ type }) => type)).toEqual([
      ...['UserRegistered', 'NutritionGoalSet', 'MealPlanCreated', 'MealLogged'],
      ...['HealthDataSynced', 'CoachingSessionCompleted', 'PaymentProcessed', 'WeeklyReportGenerated'],
    ])
    await test.close()
  })
})
