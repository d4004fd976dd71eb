import { defineDomain } from '@larder/sdk/domain'
import { MealLogged, nutrition, UserRegistered } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

const DAY = 24 * 3600 * 1000

describe('Event Store', () => {
  it('saving and querying', async () => {
    // Register event types: a store takes no others
    const domain = defineDomain({ version: '1', events: [UserRegistered, MealLogged] })
    const { larder, clock, close } = await openStore(domain)
    const daysAgo = (days: number) => new Date(clock.now() - days * DAY).toISOString()

    // Save events
    await larder.append([
      UserRegistered({ userId: 'user-123', email: 'john@example.com', profile: {} }),
      mealLogged('meal-1', 500),
    ])
    await clock.advance(20 * DAY)
    await larder.append(mealLogged('meal-2', 700))

    // Query events
    const userEvents = await larder.events({ stream: 'user-user-123' })
    expect(userEvents.events.map(({ type }) => type)).toEqual(['UserRegistered'])
    const recentEvents = await larder.events({ from: daysAgo(7), limit: 100 })
    expect(recentEvents.events.map(({ stream }) => stream)).toEqual(['meal-meal-2'])

    // Get event timeline
    const timeline = await larder.events({ types: [MealLogged], from: daysAgo(30) })
    expect(timeline.events.map(({ data }) => data.calories)).toEqual([500, 700])

    // A limit holds, and says where to go on
    const first = await larder.events({ limit: 2 })
    expect(first.events).toHaveLength(2)
    const rest = await larder.events({ limit: 2, ...(first.next === undefined ? {} : { after: first.next }) })
    expect([rest.events.length, rest.next]).toEqual([1, undefined])
    await close()
  })

  it('a type that is not registered is refused', async () => {
    const { larder, close } = await openStore(defineDomain({ version: '1', events: [UserRegistered] }))
    await expect(larder.append(mealLogged('meal-1'))).rejects.toMatchObject({ code: 'unknown-type' })
    await close()
  })
})

async function openStore(domain = nutrition) {
  const test = await createTestLarder(domain)
  return { larder: test.larder, clock: test.clock, close: () => test.close() }
}
