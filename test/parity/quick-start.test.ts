import type { EventOf } from '@larder/sdk/domain'
import { NutritionGoalSet, nutrition, UserRegistered } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'

describe('Quick Start', () => {
  it('1. Basic Event Publishing', async () => {
    const { larder, close } = await openStore()
    const seen: string[] = []
    larder.bus.on(UserRegistered, ({ data }) => seen.push(data.email))

    // Create an event
    const event = UserRegistered({
      userId: 'user-123',
      email: 'john@example.com',
      profile: { name: 'John Doe' },
    })

    // Publish in this tab, without storing it: the handlers have run when publishSync returns, or when publish resolves
    expect(larder.bus.publishSync(event)).toMatchObject({ delivered: 1, pending: 0 })
    expect(await larder.bus.publish(event)).toMatchObject({ delivered: 1, failed: [] })
    expect((await larder.events()).events).toEqual([])

    // Store it, then publish it: on disk when append resolves
    await larder.append(event)
    expect((await larder.events()).events).toMatchObject([{ type: 'UserRegistered', stream: 'user-user-123' }])
    expect(seen).toEqual(['john@example.com', 'john@example.com', 'john@example.com'])
    await close()
  })

  it('2. Creating Event Handlers', async () => {
    const { larder, clock, close } = await openStore()
    const done: string[] = []

    // A synchronous handler, of this tab
    class WelcomeEmailHandler {
      readonly eventTypes = [UserRegistered] as const

      handle({ data }: { data: EventOf<typeof UserRegistered>['data'] }): void {
        done.push(`Sending welcome email to ${data.email}`)
      }
    }

    // An asynchronous one, durable: what it had not finished when the tab died, it is given again
    class UserProfileHandler {
      readonly eventTypes = [UserRegistered, NutritionGoalSet] as const

      async handle(event: EventOf<typeof UserRegistered | typeof NutritionGoalSet>): Promise<void> {
        if (event.type === 'UserRegistered') await this.createUserProfile(event.data.userId)
        else await this.updateGoals(event.data.userId, event.data.goalType)
      }

      private async createUserProfile(userId: string): Promise<void> {
        done.push(`profile of ${userId}`)
      }

      private async updateGoals(userId: string, goalType: string): Promise<void> {
        done.push(`${goalType} of ${userId}`)
      }
    }

    larder.bus.on(new WelcomeEmailHandler())
    larder.handle(new UserProfileHandler(), { name: 'user-profile' })
    await larder.append([
      UserRegistered({ userId: 'ann', email: 'ann@example.com', profile: {} }),
      NutritionGoalSet({ userId: 'ann', goalType: 'calories', targetValue: 2000, unit: 'kcal' }),
    ])
    await clock.advance(1000)
    expect(done).toEqual(['Sending welcome email to ann@example.com', 'profile of ann', 'calories of ann'])
    await close()
  })

  it('3. Event Subscription', async () => {
    const { larder, clock, close } = await openStore()
    const seen: string[] = []

    // Subscribe handlers: one type, or several
    const stopWelcome = larder.bus.on(UserRegistered, ({ data }) => seen.push(`welcome ${data.userId}`))
    const profile = larder.handle(
      [UserRegistered, NutritionGoalSet],
      async (event) => {
        seen.push(`profile ${event.type}`)
      },
      { name: 'profile' },
    )

    const registered = (userId: string) => UserRegistered({ userId, email: 'ann@example.com', profile: {} })
    await larder.append(registered('ann'))
    await larder.append(NutritionGoalSet({ userId: 'ann', goalType: 'protein', targetValue: 90, unit: 'g' }))
    await clock.advance(1000)
    expect(seen).toEqual(['welcome ann', 'profile UserRegistered', 'profile NutritionGoalSet'])

    // Unsubscribe
    stopWelcome()
    await profile.stop()
    await larder.append(registered('bob'))
    await clock.advance(1000)
    expect(seen).toHaveLength(3)
    await close()
  })
})

async function openStore() {
  const test = await createTestLarder(nutrition)
  return { larder: test.larder, clock: test.clock, close: () => test.close() }
}
