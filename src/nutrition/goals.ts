import { defineProjection } from '../domain.ts'
import { type GoalType, NutritionGoalSet } from './nutrition-goal-set.ts'

export interface Goal {
  readonly goalType: GoalType
  readonly targetValue: number
  readonly unit: string
  readonly timeline?: string | undefined
  /** ISO 8601. */
  readonly setAt: string
  /** Look it up in `commits$` to know whether it is pending. */
  readonly eventId: string
}

export interface Goals {
  /** The target that counts, by goal type; absent = never set. */
  readonly latest: Readonly<Partial<Record<GoalType, Goal>>>
  /** The last {@link GOAL_HISTORY_LENGTH} changes, oldest first. All of them are in the log. */
  readonly history: readonly Goal[]
}

export const GOAL_HISTORY_LENGTH = 100

/** A person's targets, and how they came to be. */
export const goals = defineProjection('goals', {
  version: 1,
  events: [NutritionGoalSet],
  initial: (): Goals => ({ latest: {}, history: [] }),
  evolve: {
    NutritionGoalSet: ({ latest, history }, { id, time, data: { userId: _owner, ...target } }) => {
      const goal: Goal = { ...target, setAt: time, eventId: id }
      return { latest: { ...latest, [goal.goalType]: goal }, history: [...history, goal].slice(-GOAL_HISTORY_LENGTH) }
    },
  },
})
