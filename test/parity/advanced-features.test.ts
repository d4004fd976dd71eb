import { defineDomain, type Middleware, withMetadata } from '@larder/sdk/domain'
import { MealLogged, NutritionGoalSet, nutrition, UserRegistered } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

const DAY = 24 * 3600 * 1000

describe('Advanced Features', () => {
  it('Middleware', async () => {
    const seen: string[] = []
    const logging: Middleware = (event, next) => {
      seen.push(`Processing event: ${event.type}`)
      return next(event)
    }
    const userContext: Middleware<[typeof UserRegistered, typeof MealLogged]> = (event, next) => {
      // Add user context
      const answer = next(withMetadata(event, { userId: event.data.userId }))
      seen.push('with user')
      return answer
    }

    // On the way into the log, in this order
    const events = [UserRegistered, MealLogged] as const
    const domain = defineDomain({ version: '1', events, middleware: [logging, userContext] })
    const { larder, close } = await openStore(domain)

    // On the way to the handlers of this tab
    larder.bus.use(async (event, next) => {
      seen.push(`before the handlers: ${event.metadata?.userId}`)
      await next(event)
      seen.push('after the handlers')
    })
    larder.bus.on(MealLogged, () => seen.push('handler'))

    await larder.append(mealLogged('meal-1'))
    expect(seen).toEqual([
      'Processing event: MealLogged',
      'with user',
      'before the handlers: user-123',
      'handler',
      'after the handlers',
    ])
    expect((await larder.events({ where: { userId: 'user-123' } })).events).toHaveLength(1)
    await close()
  })

  it('Batch Processing', async () => {
    const { larder, close } = await openStore()
    const seen: string[] = []
    larder.bus.on(UserRegistered, ({ data }) => seen.push(data.userId))
    const events = ['user-1', 'user-2', 'user-3'].map((userId) =>
      UserRegistered({ userId, email: `${userId}@example.com`, profile: {} }),
    )

    // Batch publish, in this tab only
    const published = await larder.bus.publishBatch(events)
    expect(published.map(({ delivered }) => delivered)).toEqual([1, 1, 1])
    expect(seen).toEqual(['user-1', 'user-2', 'user-3'])

    // Stored: as one commit, all or none
    const receipt = await larder.append(events)
    expect(receipt.eventIds).toHaveLength(3)

    // Stored: as many as there are, in commits one after the other
    const meals = Array.from({ length: 2500 }, (_, n) => mealLogged(`meal-${n}`))
    expect(await larder.appendAll(meals)).toMatchObject({ events: 2500 })
    await close()
  })

  it('Event Filtering', async () => {
    const { larder, clock, close } = await openStore()
    const registered = (userId: string) => UserRegistered({ userId, email: `${userId}@example.com`, profile: {} })
    const goal = NutritionGoalSet({ userId: 'user-123', goalType: 'calories', targetValue: 2000, unit: 'kcal' })
    await larder.append([registered('user-123'), goal, mealLogged('old')])
    await clock.advance(10 * DAY)
    await larder.append([registered('user-456'), mealLogged('new', 900), mealLogged('snack', 90)])

    // Filter by event type
    const userEvents = await larder.events({ types: [UserRegistered, NutritionGoalSet] })
    expect(userEvents.events.map(({ type }) => type)).toEqual(['UserRegistered', 'NutritionGoalSet', 'UserRegistered'])

    // Filter by time range
    const weekAgo = new Date(clock.now() - 7 * DAY).toISOString()
    const recentMeals = await larder.events({ types: [MealLogged], from: weekAgo })
    expect(recentMeals.events.map(({ data }) => data.mealId)).toEqual(['new', 'snack'])
    const oldMeals = await larder.events({ types: [MealLogged], to: weekAgo })
    expect(oldMeals.events.map(({ data }) => data.mealId)).toEqual(['old'])

    // Filter by aggregate
    const userTimeline = await larder.events({ stream: 'user-user-123' })
    expect(userTimeline.events.map(({ type }) => type)).toEqual(['UserRegistered', 'NutritionGoalSet'])

    // Filter by custom criteria
    const large = await larder.events({ types: [MealLogged], filter: ({ data }) => data.calories > 600 })
    expect(large.events.map(({ data }) => data.mealId)).toEqual(['new'])
    await close()
  })
})

async function openStore(domain = nutrition) {
  const test = await createTestLarder(domain)
  return { larder: test.larder, clock: test.clock, close: () => test.close() }
}
