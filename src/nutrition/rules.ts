import type { DomainEvent, EventOf } from '../domain.ts'
import { MealLogged } from './meal-logged.ts'
import { PaymentProcessed } from './payment-processed.ts'

/** Why a server refuses a commit. */
export interface RuleRefusal {
  /** Stable; programs decide by it. */
  readonly code: string
  /** For the person whose commit it is: what is wrong, and what to do. Holds nothing of the payload. */
  readonly message: string
}

/** The part of a server's rule that these need. A server runs it on each commit that a device pushes, and stores nothing that it refuses. */
export type NutritionRule = (
  commit: { readonly events: readonly DomainEvent[] },
  /** `now`: the server's clock, in ms since 1970. */
  context: { readonly now: number },
) => RuleRefusal | undefined

/** kcal. More than anybody eats at once; what is above is a slip of the finger. */
export const MAX_MEAL_CALORIES = 10_000

const DAY_MS = 86_400_000

export const CALORIES_IMPLAUSIBLE: RuleRefusal = {
  code: 'calories-implausible',
  message: 'A single meal cannot have more than 10,000 kcal. Check the amount and the unit, then send it again.',
}
export const DAY_IN_FUTURE: RuleRefusal = {
  code: 'day-in-future',
  message: 'This meal is on a day that has not come yet. Choose today or an earlier day, then send it again.',
}

/** `calories-implausible`: a meal above {@link MAX_MEAL_CALORIES}. */
export const caloriesImplausible: NutritionRule = ({ events }) => {
  const isRefused = events.some((event) => isMealLogged(event) && event.data.calories > MAX_MEAL_CALORIES)
  return isRefused ? CALORIES_IMPLAUSIBLE : undefined
}

/** `day-in-future`: a meal on a day later than tomorrow in UTC. Tomorrow is allowed: it is today already somewhere. */
export const dayInFuture: NutritionRule = ({ events }, { now }) => {
  const isRefused = events.some((event) => isMealLogged(event) && isInFuture(event.data.day, now))
  return isRefused ? DAY_IN_FUTURE : undefined
}

/** Later than tomorrow in UTC. */
export function isInFuture(day: string, now: number): boolean {
  return day > new Date(now + DAY_MS).toISOString().slice(0, 10)
}

/** `payment-from-client`: a payment that a device claims. */
export const paymentFromClient: NutritionRule = ({ events }) => {
  if (!events.some((event) => event.type === PaymentProcessed.type)) return undefined
  return {
    code: 'payment-from-client',
    message:
      'Payments are recorded by the payment service, not by the app. This one was not stored; you can discard it.',
  }
}

/** All of them, in the order in which a server should ask. */
export const nutritionRules: readonly NutritionRule[] = [paymentFromClient, caloriesImplausible, dayInFuture]

/** A server hands a rule events that fit their schema, so the type says what the data is. */
function isMealLogged(event: DomainEvent): event is EventOf<typeof MealLogged> {
  return event.type === MealLogged.type
}
