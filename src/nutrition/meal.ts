import { z } from 'zod'
import { defineAggregate, type EventOf, refuse } from '../domain.ts'
import { MealLogged, mealFields } from './meal-logged.ts'
import { MealRemoved } from './meal-removed.ts'
import { CALORIES_IMPLAUSIBLE, DAY_IN_FUTURE, isInFuture, MAX_MEAL_CALORIES, type RuleRefusal } from './rules.ts'

type Logged = EventOf<typeof MealLogged>['data']

export interface MealState {
  /** As it was logged or corrected last; undefined while it is not in any day. */
  readonly logged: Logged | undefined
  readonly wasRemoved: boolean
}

/** All but its id, which `execute` is given. */
const Content = z.lazy(() => mealFields().omit({ mealId: true }))

/**
 * A meal, by its meal id. It refuses what the server's rules refuse, with their codes and sentences, so that nobody has to wait for a network to hear it;
 * the server decides all the same.
 */
export const meal = defineAggregate('meal', {
  stream: (id) => `meal-${id}`,
  events: [MealLogged, MealRemoved],
  initial: (): MealState => ({ logged: undefined, wasRemoved: false }),
  evolve: {
    MealLogged: (_before, { data }) => ({ logged: data, wasRemoved: false }),
    // It is in one day at a time: what another day is told to forget is not there.
    MealRemoved: (state, { data }) =>
      state.logged !== undefined && state.logged.day !== data.day ? state : { logged: undefined, wasRemoved: true },
  },
  commands: {
    /** Logs it, also again after it was removed. Refused as `already-logged`, `calories-implausible`, `day-in-future`. */
    log: {
      args: Content,
      decide: ({ logged }, content, { id, now }) => {
        if (logged !== undefined) return refuse('already-logged', 'This meal is logged already: correct it instead.')
        const problem = problemOf(content, now)
        return problem === undefined ? MealLogged({ ...content, mealId: id }) : refuse(problem.code, problem.message)
      },
    },
    /** Puts this in the place of what was logged; to another day too. Refused as `not-logged`, `calories-implausible`, `day-in-future`. */
    correct: {
      args: Content,
      decide: ({ logged }, content, { id, now }) => {
        if (logged === undefined) return refuse('not-logged', 'This meal is not there any more: log it anew.')
        const problem = problemOf(content, now)
        if (problem !== undefined) return refuse(problem.code, problem.message)
        const corrected = MealLogged({ ...content, mealId: id })
        if (logged.day === content.day) return corrected
        return [MealRemoved({ userId: logged.userId, mealId: id, day: logged.day }), corrected]
      },
    },
    /** Refused as `not-logged` where it never was. There is nothing to do where it was removed already. */
    remove: {
      args: undefined,
      decide: ({ logged, wasRemoved }, _args, { id }) => {
        if (logged !== undefined) return MealRemoved({ userId: logged.userId, mealId: id, day: logged.day })
        return wasRemoved ? [] : refuse('not-logged', 'There is no such meal, so there is nothing to remove.')
      },
    },
  },
})

function problemOf({ calories, day }: Pick<Logged, 'calories' | 'day'>, now: string): RuleRefusal | undefined {
  if (calories > MAX_MEAL_CALORIES) return CALORIES_IMPLAUSIBLE
  return isInFuture(day, Date.parse(now)) ? DAY_IN_FUTURE : undefined
}
