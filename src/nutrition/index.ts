/**
 * A ready-made domain for apps about food: what can happen, what is read from it, and what a server refuses.
 * Pure, like every domain: the page, the worker and the server import this one module.
 *
 * @packageDocumentation
 */
export { CoachingSessionCompleted } from './coaching-session-completed.ts'
export { type DailyIntake, dailyIntake, type Meal, mealsOf, totalsOf } from './daily-intake.ts'
export { addDays, daysOfWeek, weekOf } from './dates.ts'
export { GOAL_HISTORY_LENGTH, type Goal, type Goals, goals } from './goals.ts'
export { HealthDataSynced } from './health-data-synced.ts'
export { type LoggedDays, loggedDays, type Streak, streakOf } from './logged-days.ts'
export { type MealState, meal } from './meal.ts'
export { MealLogged, MealSlot, Portion } from './meal-logged.ts'
export { type MealPlan, mealPlan } from './meal-plan.ts'
export { MealPlanCreated } from './meal-plan-created.ts'
export { MealPlanned, PlannedMealRemoved } from './meal-planned.ts'
export { MealRemoved } from './meal-removed.ts'
export type { NutrientTotals } from './nutrients.ts'
export { nutrition } from './nutrition.ts'
export { GoalType, NutritionGoalSet, Target } from './nutrition-goal-set.ts'
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
export { type User, user } from './user.ts'
export { Registration, UserRegistered } from './user-registered.ts'
export { type WeeklyIntake, weekAverages, weeklyIntake, weekTotals } from './weekly-intake.ts'
export { type Plan, type PlannedMeal, plannedMealsOf, type WeeklyPlan, weeklyPlan } from './weekly-plan.ts'
export {
  type GeneratedReport,
  type WeeklyReport,
  type WeeklyReports,
  weeklyReport,
  weeklyReports,
} from './weekly-report.ts'
export { WeeklyReportGenerated } from './weekly-report-generated.ts'
