import type { CommitFate } from '@larder/sdk'
import { dailyIntake, goals, type Meal, totalsOf } from '@larder/sdk/nutrition'
import { useCommits, useView, useViewState } from '@larder/sdk/react'
import { useState } from 'preact/hooks'
import type { Day } from '../format/days.ts'
import { useMealActions } from '../meals/meal-actions.ts'
import { slots } from '../meals/slots.ts'
import { DayHeader } from '../parts/day-header.tsx'
import { DaySummary, DaySummaryLoading } from '../parts/day-summary.tsx'
import { EditMealSheet } from '../parts/edit-meal-sheet.tsx'
import { EmptyDay } from '../parts/empty-day.tsx'
import { SlotSection } from '../parts/slot-section.tsx'
import { WeekStrip } from '../parts/week-strip.tsx'

const nothingPending: ReadonlyMap<string, CommitFate> = new Map()

/** A day: what was eaten against the goals, meal by meal. */
export function TodayScreen({ day, today }: { day: Day; today: Day }) {
  const view = useViewState(dailyIntake, day)
  const targets = useView(goals)
  const fates = useCommits() ?? nothingPending
  const { remove } = useMealActions()
  const [edited, setEdited] = useState<Meal>()
  const intake = view === undefined || view.phase === 'loading' ? undefined : view.state
  const loading = intake === undefined || targets === undefined
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
          {Object.keys(intake.meals).length === 0 ? <EmptyDay day={day} today={today} /> : null}
          <div class="slots">
            {slots.map((info) => (
              <SlotSection
                key={info.slot}
                info={info}
                intake={intake}
                day={day}
                today={today}
                fates={fates}
                onEdit={setEdited}
                onRemove={(meal) => void remove(meal)}
              />
            ))}
          </div>
        </>
      )}
      {edited === undefined ? null : <EditMealSheet meal={edited} onClosed={() => setEdited(undefined)} />}
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
