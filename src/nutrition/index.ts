/**
 * A ready-made domain for apps about food: what can happen, what is read from it, and what a server refuses.
 * Pure, like every domain: the page, the worker and the server import this one module.
 *
 * @packageDocumentation
 */
export { CoachingSessionCompleted } from './coaching-session-completed.ts'
export { type DailyIntake, dailyIntake, type Meal, mealsOf, type NutrientTotals, totalsOf } from './daily-intake.ts'
export { GOAL_HISTORY_LENGTH, type Goal, type Goals, goals } from './goals.ts'
export { HealthDataSynced } from './health-data-synced.ts'
export { MealLogged, MealSlot, Portion } from './meal-logged.ts'
export { MealPlanCreated } from './meal-plan-created.ts'
export { MealRemoved } from './meal-removed.ts'
export { nutrition } from './nutrition.ts'
export { GoalType, NutritionGoalSet } from './nutrition-goal-set.ts'
export { PaymentProcessed } from './payment-processed.ts'
export {
  RECENT_FOODS_LENGTH,
  type RecentFood,
  type RecentFoods,
  recentFoodKey,
  recentFoods,
} from './recent-foods.ts'
export {
  caloriesImplausible,
  dayInFuture,
  MAX_MEAL_CALORIES,
  type NutritionRule,
  nutritionRules,
  paymentFromClient,
  type RuleRefusal,
} from './rules.ts'
export { UserRegistered } from './user-registered.ts'
export { WeeklyReportGenerated } from './weekly-report-generated.ts'
