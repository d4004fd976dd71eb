import { defineDomain, type EventOf, EventSourcedAggregate } from '@larder/sdk/domain'
import { MealLogged, NutritionGoalSet, nutrition, UserRegistered, user } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

describe('Event Sourcing', () => {
  it('an aggregate as a class', async () => {
    const events = [UserRegistered, NutritionGoalSet, MealLogged] as const

    class UserAggregate extends EventSourcedAggregate('user', { stream: (id) => `user-${id}`, events }) {
      email = ''
      goals: Record<string, number> = {}
      mealCount = 0

      protected when(event: EventOf<(typeof events)[number]>): void {
        if (event.type === 'UserRegistered') this.email = event.data.email
        else if (event.type === 'NutritionGoalSet') this.goals[event.data.goalType] = event.data.targetValue
        else this.mealCount += 1
      }
    }

    // Register it
    const domain = defineDomain({ version: '1', events, aggregates: [UserAggregate.definition] })
    const { larder, close } = await openStore(domain)

    // A new aggregate
    const created = await larder.load(UserAggregate, 'user-123')
    created.apply(UserRegistered({ userId: 'user-123', email: 'john@example.com', profile: {} }))
    created.apply(NutritionGoalSet({ userId: 'user-123', goalType: 'calories', targetValue: 2000, unit: 'kcal' }))
    created.apply(mealLogged('meal-1'))

    // Save it: as one commit, and only if nobody else has written its stream meanwhile
    await larder.save(created)

    // Load it later
    const loaded = await larder.load(UserAggregate, 'user-123')
    expect(loaded.email).toBe('john@example.com')
    expect(loaded.goals).toEqual({ calories: 2000 })
    expect([loaded.mealCount, loaded.version]).toEqual([1, 3])
    await close()
  })

  it('an aggregate as data and functions', async () => {
    const { larder, close } = await openStore()

    // `user` is made by defineAggregate: it has commands, which decide by its state
    await larder.execute(user, 'user-123').register({ email: 'john@example.com', profile: {} })
    await larder.execute(user, 'user-123').setGoal({ goalType: 'calories', targetValue: 2000, unit: 'kcal' })
    const { state, version } = await larder.load(user, 'user-123')
    expect(state.registration?.email).toBe('john@example.com')
    expect(state.goals.calories?.targetValue).toBe(2000)
    expect(version).toBe(2)
    await expect(
      larder.execute(user, 'stranger').setGoal({ goalType: 'calories', targetValue: 1, unit: 'kcal' }),
    ).rejects.toMatchObject({ code: 'refused', details: { reason: 'not-registered' } })
    await close()
  })
})

async function openStore(domain = nutrition) {
  const test = await createTestLarder(domain)
  return { larder: test.larder, close: () => test.close() }
}
