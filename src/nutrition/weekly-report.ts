import { defineProjection, type EventOf } from '../domain.ts'
import { daysOfWeek, weekOf } from './dates.ts'
import type { Goal, Goals } from './goals.ts'
import type { NutrientTotals } from './nutrients.ts'
import type { GoalType } from './nutrition-goal-set.ts'
import { type WeeklyIntake, weekAverages } from './weekly-intake.ts'
import { WeeklyReportGenerated } from './weekly-report-generated.ts'

type ReportData = EventOf<typeof WeeklyReportGenerated>['data']

/** What a week comes to: a `WeeklyReportGenerated` but for whose it is and what it is called. */
export type WeeklyReport = Pick<ReportData, 'weekStart' | 'weekEnd' | 'metrics'> & {
  readonly goalAchievements: Readonly<Record<string, boolean>>
}

export type GeneratedReport = ReportData & {
  /** ISO 8601. */
  readonly generatedAt: string
  /** Look it up in `commits$` to know whether it is pending. */
  readonly eventId: string
}

export interface WeeklyReports {
  /** The last that was generated for the week. */
  readonly report: GeneratedReport | undefined
}

/** The reports that were generated, one state a week; the key is its Monday, see `weekOf`. */
export const weeklyReports = defineProjection('weeklyReports', {
  version: 1,
  events: [WeeklyReportGenerated],
  key: ({ data }) => weekOf(data.weekStart),
  initial: (): WeeklyReports => ({ report: undefined }),
  evolve: {
    WeeklyReportGenerated: (_before, { id, time, data }) => ({ report: { ...data, generatedAt: time, eventId: id } }),
  },
})

/** A limit is kept by eating no more, a minimum by eating no less. Water and weight are not in what a week holds. */
const KEPT_BY: Readonly<Partial<Record<GoalType, 'no-more' | 'no-less'>>> = {
  calories: 'no-more',
  carbs: 'no-more',
  fat: 'no-more',
  protein: 'no-less',
  fibre: 'no-less',
}

/**
 * Sums a week up.
 *
 * - `metrics`: averages of the days on which something is logged, `daysLogged`, and `mealsLogged`.
 * - `goalAchievements`: whether the averages keep the goals for nutrients. A goal whose timeline is `weekly` counts by a seventh; one that is `monthly`
 *   is not judged, nor is any where nothing is logged.
 *
 * ```ts
 * const [week, targets] = await Promise.all([larder.get(weeklyIntake, '2026-11-23'), larder.get(goals)])
 * await larder.append(WeeklyReportGenerated({ userId, reportId: `${userId}-2026-11-23`, ...weeklyReport('2026-11-23', week, targets) }))
 * ```
 *
 * @param day any day of the week
 * @throws LarderError `argument` when `day` is not a day such as `2026-11-23`
 */
export function weeklyReport(day: string, week: WeeklyIntake, goals: Pick<Goals, 'latest'>): WeeklyReport {
  const days = Object.values(week.days)
  const averages = weekAverages(week)
  const mealsLogged = days.reduce((sum, { meals }) => sum + Object.keys(meals).length, 0)
  return {
    weekStart: weekOf(day),
    weekEnd: daysOfWeek(day).at(-1) ?? day,
    metrics: { ...averages, daysLogged: days.length, mealsLogged },
    goalAchievements: days.length === 0 ? {} : achievementsOf(averages, goals),
  }
}

function achievementsOf(averages: NutrientTotals, { latest }: Pick<Goals, 'latest'>): Record<string, boolean> {
  const achieved: Record<string, boolean> = {}
  for (const goal of Object.values(latest)) {
    const keptBy = KEPT_BY[goal.goalType]
    const target = dailyTarget(goal)
    const average = Object.entries(averages).find(([name]) => name === goal.goalType)?.[1]
    if (keptBy === undefined || target === undefined || average === undefined) continue
    achieved[goal.goalType] = keptBy === 'no-more' ? average <= target : average >= target
  }
  return achieved
}

function dailyTarget({ targetValue, timeline }: Goal): number | undefined {
  if (timeline === 'monthly') return undefined
  return timeline === 'weekly' ? targetValue / 7 : targetValue
}
