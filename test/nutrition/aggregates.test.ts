import { describe, expect, it } from 'vitest'
import {
  dailyIntake,
  MealLogged,
  MealRemoved,
  meal,
  NutritionGoalSet,
  nutrition,
  nutritionRules,
  UserRegistered,
  user,
} from '../../src/nutrition/index.ts'
import { createTestLarder, specify, TestServer } from '../../src/testing/index.ts'
import { failureOf } from '../support/failure.ts'
import { toast } from './happened.ts'

const given = specify(nutrition)
const { mealId: _id, ...content } = toast

describe('a user', () => {
  const registration = { email: 'ada@example.com', profile: { name: 'Ada' } }
  const registered = UserRegistered({ userId: 'ada', ...registration })
  const target = { goalType: 'calories', targetValue: 2000, unit: 'kcal' } as const
  const set = NutritionGoalSet({ userId: 'ada', ...target })
  const of = (...events: Parameters<typeof given<never>>[1]) => given(user, events, { id: 'ada' })

  it('registers once', () => {
    of().when('register', registration).then([registered])
    of(registered).when('register', registration).thenRefused('already-registered')
  })

  it('sets goals when they are registered, and nothing where it is set already', () => {
    of(registered).when('setGoal', target).then([set])
    of(registered, set).when('setGoal', target).thenNothing()
    of(registered, set)
      .when('setGoal', { ...target, targetValue: 1800 })
      .then([NutritionGoalSet({ userId: 'ada', ...target, targetValue: 1800 })])
    of(registered, set)
      .when('setGoal', { ...target, timeline: 'weekly' })
      .then([NutritionGoalSet({ userId: 'ada', ...target, timeline: 'weekly' })])
    of().when('setGoal', target).thenRefused('not-registered')
  })

  it('is told in a sentence why something cannot be, by its id', async () => {
    const test = await createTestLarder(nutrition)
    const refused = await failureOf(() => test.larder.execute(user, 'ada').setGoal(target))
    expect(refused).toMatchObject({ code: 'refused', message: 'Register first, then set a goal.' })
    await test.larder.execute(user, 'ada').register(registration)
    await test.larder.execute(user, 'ada').setGoal(target)
    expect(await test.larder.load(user, 'ada')).toEqual({
      version: 2,
      state: { registration, goals: { calories: target } },
    })
    const unfit = await failureOf(() => test.larder.execute(user, 'bob').register({ ...registration, email: 'bob' }))
    expect(unfit).toMatchObject({ code: 'validation' })
    await test.close()
  })
})

describe('a meal', () => {
  const logged = MealLogged(toast)
  const removed = MealRemoved({ userId: 'ada', mealId: 'toast', day: toast.day })
  const of = (...events: Parameters<typeof given<never>>[1]) => given(meal, events, { id: 'toast' })

  it('is logged once, and again after it was removed', () => {
    of().when('log', content).then([logged])
    of(logged).when('log', content).thenRefused('already-logged')
    of(logged, removed).when('log', content).then([logged])
  })

  it('is corrected in its day, and moved to another', () => {
    of(logged)
      .when('correct', { ...content, calories: 200 })
      .then([MealLogged({ ...toast, calories: 200 })])
    of(logged)
      .when('correct', { ...content, day: '2026-11-22' })
      .then([removed, MealLogged({ ...toast, day: '2026-11-22' })])
    of().when('correct', content).thenRefused('not-logged')
    of(logged, removed).when('correct', content).thenRefused('not-logged')
  })

  it('is removed from the day in which it is, once', () => {
    of(logged).when('remove').then([removed])
    of(logged, removed).when('remove').thenNothing()
    of(removed).when('remove').thenNothing()
    of().when('remove').thenRefused('not-logged')
    const moved = MealLogged({ ...toast, day: '2026-11-22' })
    of(logged, removed, moved, removed)
      .when('remove')
      .then([MealRemoved({ userId: 'ada', mealId: 'toast', day: '2026-11-22' })])
  })

  it('is refused for what the server would refuse it for, with the same words', async () => {
    const test = await createTestLarder(nutrition, { sync: new TestServer(nutrition, { rules: nutritionRules }) })
    for (const [mealId, wrong] of Object.entries({ a: { calories: 10_001 }, b: { day: '2026-11-25' } })) {
      const early = await failureOf(() => test.larder.execute(meal, mealId).log({ ...content, ...wrong }))
      await test.larder.append(MealLogged({ ...toast, mealId, ...wrong }))
      await test.clock.advance(1000)
      const letter = (await test.larder.deadLetters.list()).at(-1)
      expect(early).toMatchObject({ code: 'refused', message: letter?.message, details: { reason: letter?.code } })
    }
    await test.close()
    of()
      .when('log', { ...content, day: '2026-11-24' })
      .then([MealLogged({ ...toast, day: '2026-11-24' })])
    of(logged)
      .when('correct', { ...content, calories: 10_001 })
      .thenRefused('calories-implausible')
  })

  it('is in one day where two devices move it to two: the later move is decided again, from where it is by then', async () => {
    const server = new TestServer(nutrition)
    const one = await createTestLarder(nutrition, { sync: server })
    const two = await createTestLarder(nutrition, { sync: server, clock: one.clock, seed: 2 })
    await one.larder.execute(meal, 'toast').log(content)
    await one.clock.advance(1000)
    await two.larder.sync.pause()
    await one.larder.execute(meal, 'toast').correct({ ...content, day: '2026-11-22' })
    await two.larder.execute(meal, 'toast').correct({ ...content, day: '2026-11-21' })
    await one.clock.advance(1000)
    await two.larder.sync.resume()
    await one.clock.advance(60_000)
    const days = ['2026-11-21', '2026-11-22', '2026-11-23']
    const counts = days.map(async (day) => Object.keys((await two.larder.get(dailyIntake, day)).meals).length)
    expect(await Promise.all(counts)).toEqual([1, 0, 0])
    expect(await two.larder.deadLetters.list()).toEqual([])
    await one.close()
    await two.close()
  })
})
