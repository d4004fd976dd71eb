import { defineDomain } from '../domain.ts'
import { CoachingSessionCompleted } from './coaching-session-completed.ts'
import { dailyIntake } from './daily-intake.ts'
import { goals } from './goals.ts'
import { HealthDataSynced } from './health-data-synced.ts'
import { MealLogged } from './meal-logged.ts'
import { MealPlanCreated } from './meal-plan-created.ts'
import { MealRemoved } from './meal-removed.ts'
import { NutritionGoalSet } from './nutrition-goal-set.ts'
import { PaymentProcessed } from './payment-processed.ts'
import { recentFoods } from './recent-foods.ts'
import { UserRegistered } from './user-registered.ts'
import { WeeklyReportGenerated } from './weekly-report-generated.ts'

/** The whole domain: hand it to the worker, the page and the server alike. */
export const nutrition = defineDomain({
  version: '1',
  events: [
    UserRegistered,
    NutritionGoalSet,
    MealPlanCreated,
    MealLogged,
    MealRemoved,
    HealthDataSynced,
    CoachingSessionCompleted,
    PaymentProcessed,
    WeeklyReportGenerated,
  ],
  projections: [dailyIntake, goals, recentFoods],
})
