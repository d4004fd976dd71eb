import { createTestLarder, simulate, specify, TestServer } from '@larder/sdk/testing'
import { dailyIntake, MealLogged, meals } from './meals.ts'

// A test of a user's, without a test runner: what does not hold, throws.
const day = '2026-11-23'
const lentils = MealLogged({ mealId: 'lentils', day, calories: 320 })

specify(meals)(dailyIntake, [lentils]).thenState(day, { meals: 1, calories: 320 })

const server = new TestServer(meals)
const test = await createTestLarder(meals, { sync: server })
await test.larder.append(lentils)
await test.clock.advance(1000)
if ((await server.accepted()).length !== 1) throw new Error('The meal did not reach the server')
await test.close()

const { commits } = await simulate(meals, {
  seeds: 2,
  act: (prng, larder) =>
    larder.append(MealLogged({ mealId: `meal-${prng.between(1, 9)}`, day, calories: prng.between(50, 900) })),
  invariants: { 'each meal counts': ({ events, state }) => state(dailyIntake, day).meals === events.length },
})
if (commits < 20) throw new Error(`Only ${commits} commits came to the server`)
