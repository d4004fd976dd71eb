import { defineDomain } from '../domain.ts'
import { CoachingSessionCompleted } from './coaching-session-completed.ts'
import { dailyIntake } from './daily-intake.ts'
import { goals } from './goals.ts'
import { HealthDataSynced } from './health-data-synced.ts'
import { loggedDays } from './logged-days.ts'
import { meal } from './meal.ts'
import { MealLogged } from './meal-logged.ts'
import { mealPlan } from './meal-plan.ts'
import { MealPlanCreated } from './meal-plan-created.ts'
import { MealPlanned, PlannedMealRemoved } from './meal-planned.ts'
import { MealRemoved } from './meal-removed.ts'
import { NutritionGoalSet } from './nutrition-goal-set.ts'
import { PaymentProcessed } from './payment-processed.ts'
import { recentFoods } from './recent-foods.ts'
import { user } from './user.ts'
import { UserRegistered } from './user-registered.ts'
import { weeklyIntake } from './weekly-intake.ts'
import { weeklyPlan } from './weekly-plan.ts'
import { weeklyReports } from './weekly-report.ts'
import { WeeklyReportGenerated } from './weekly-report-generated.ts'

/** The whole domain: hand it to the worker, the page and the server alike. */
export const nutrition = defineDomain({
  version: '2',
  events: [
    UserRegistered,
    NutritionGoalSet,
    MealPlanCreated,
    MealPlanned,
    PlannedMealRemoved,
    MealLogged,
    MealRemoved,
    HealthDataSynced,
    CoachingSessionCompleted,
    PaymentProcessed,
    WeeklyReportGenerated,
  ],
  projections: [dailyIntake, weeklyIntake, goals, loggedDays, weeklyPlan, weeklyReports, recentFoods],
  aggregates: [user, meal, mealPlan],
})
