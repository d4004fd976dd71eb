import { defineAggregate, refuse } from '../domain.ts'
import { type GoalType, NutritionGoalSet, Target } from './nutrition-goal-set.ts'
import { Registration, UserRegistered } from './user-registered.ts'

export interface User {
  /** Undefined before they registered. */
  readonly registration: Registration | undefined
  /** The target that counts, by goal type. */
  readonly goals: Readonly<Partial<Record<GoalType, Target>>>
}

/** A person who uses the app, by their user id. */
export const user = defineAggregate('user', {
  stream: (id) => `user-${id}`,
  events: [UserRegistered, NutritionGoalSet],
  initial: (): User => ({ registration: undefined, goals: {} }),
  evolve: {
    UserRegistered: (state, { data: { userId: _owner, ...registration } }) => ({ ...state, registration }),
    NutritionGoalSet: (state, { data: { userId: _owner, ...target } }) => ({
      ...state,
      goals: { ...state.goals, [target.goalType]: target },
    }),
  },
  commands: {
    /** Refused as `already-registered`. */
    register: {
      args: Registration,
      decide: ({ registration }, args, { id }) =>
        registration === undefined
          ? UserRegistered({ ...args, userId: id })
          : refuse('already-registered', 'This person has an account already: sign in instead.'),
    },
    /** Refused as `not-registered`. There is nothing to do where the goal is that already. */
    setGoal: {
      args: Target,
      decide: ({ registration, goals }, goal, { id }) => {
        if (registration === undefined) return refuse('not-registered', 'Register first, then set a goal.')
        return isSame(goals[goal.goalType], goal) ? [] : NutritionGoalSet({ ...goal, userId: id })
      },
    },
  },
})

function isSame(before: Target | undefined, goal: Target): boolean {
  return (
    before !== undefined &&
    before.targetValue === goal.targetValue &&
    before.unit === goal.unit &&
    before.timeline === goal.timeline
  )
}
