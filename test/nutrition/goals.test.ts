import { describe, expect, it } from 'vitest'
import { GOAL_HISTORY_LENGTH, type GoalType, goals, NutritionGoalSet } from '../../src/nutrition/index.ts'
import { fold, happened } from './happened.ts'

const set = (goalType: GoalType, targetValue: number, unit = 'kcal') =>
  happened(NutritionGoalSet({ userId: 'ada', goalType, targetValue, unit }))

describe('goals', () => {
  it('are none before one is set', () => {
    expect(fold(goals, [])).toEqual({ latest: {}, history: [] })
  })

  it('count by their last value, each type for itself', () => {
    const { latest } = fold(goals, [set('calories', 2000), set('protein', 90, 'g'), set('calories', 1800)])
    expect(latest.calories).toMatchObject({ targetValue: 1800, unit: 'kcal' })
    expect(latest.protein).toMatchObject({ targetValue: 90, unit: 'g' })
    expect(latest.weight).toBeUndefined()
  })

  it('keep how they came to be, oldest first, with the time and the event', () => {
    const events = [set('calories', 2000), set('calories', 1800)]
    const { history } = fold(goals, events)
    expect(history.map((goal) => goal.targetValue)).toEqual([2000, 1800])
    expect(history.map((goal) => goal.setAt)).toEqual(events.map((event) => event.time))
    expect(history.map((goal) => goal.eventId)).toEqual(events.map((event) => event.id))
  })

  it('keep a bounded history', () => {
    const events = Array.from({ length: GOAL_HISTORY_LENGTH + 5 }, (_, at) => set('calories', at))
    const { history } = fold(goals, events)
    expect(history).toHaveLength(GOAL_HISTORY_LENGTH)
    expect(history[0]?.targetValue).toBe(5)
  })
})
