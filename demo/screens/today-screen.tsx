import type { CommitFate } from '@larder/sdk'
import { dailyIntake, goals, totalsOf } from '@larder/sdk/nutrition'
import { useCommits, useDeadLetters, useView, useViewState } from '@larder/sdk/react'
import type { Day } from '../format/days.ts'
import { slots } from '../meals/slots.ts'
import { DayHeader } from '../parts/day-header.tsx'
import { DayMeals } from '../parts/day-meals.tsx'
import { DaySummary, DaySummaryLoading } from '../parts/day-summary.tsx'
import { WeekStrip } from '../parts/week-strip.tsx'

const nothingPending: ReadonlyMap<string, CommitFate> = new Map()

/** A day: what was eaten against the goals, meal by meal. */
export function TodayScreen({ day, today }: { day: Day; today: Day }) {
  const view = useViewState(dailyIntake, day)
  const targets = useView(goals)
  const fates = useCommits() ?? nothingPending
  const letters = useDeadLetters()
  const intake = view === undefined || view.phase === 'loading' ? undefined : view.state
  const loading = intake === undefined || targets === undefined || letters === undefined
  return (
    <div class="day" aria-busy={loading}>
      <DayHeader day={day} today={today} />
      <WeekStrip day={day} today={today} goal={targets?.latest.calories?.targetValue} />
      {view?.phase === 'faulted' ? (
        <p class="banner banner-problem" role="alert">
          This day cannot be added up: one of its entries is not understood. Everything is still in your log; an update
          of the app will show it again.
        </p>
      ) : null}
      {loading ? (
        <DayLoading />
      ) : (
        <>
          <DaySummary totals={totalsOf(intake)} goals={targets} />
          <DayMeals key={day} day={day} today={today} intake={intake} fates={fates} letters={letters} />
        </>
      )}
    </div>
  )
}

function DayLoading() {
  return (
    <>
      <p class="visually-hidden">Loading…</p>
      <DaySummaryLoading />
      <div class="slots" aria-hidden="true">
        {slots.map(({ slot }) => (
          <div key={slot} class="card skeleton" />
        ))}
      </div>
    </>
  )
}
