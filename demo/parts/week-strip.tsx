import { dailyIntake, totalsOf } from '@larder/sdk/nutrition'
import { useView } from '@larder/sdk/react'
import { type Day, dayInFull, sevenDays, weekdayLetter } from '../format/days.ts'
import { kcal } from '../format/numbers.ts'
import { todayHref } from '../state/route.ts'

/** Seven days, each a small ring, and a way to go there. */
export function WeekStrip({ day, today, goal }: { day: Day; today: Day; goal: number | undefined }) {
  return (
    <nav class="week" aria-label="Days">
      <ul>
        {sevenDays(day, today).map((each) => (
          <li key={each}>
            <WeekDay day={each} today={today} chosen={each === day} goal={goal} />
          </li>
        ))}
      </ul>
    </nav>
  )
}

function WeekDay({ day, today, chosen, goal }: { day: Day; today: Day; chosen: boolean; goal: number | undefined }) {
  const intake = useView(dailyIntake, day)
  const eaten = intake === undefined ? undefined : totalsOf(intake).calories
  const ratio = eaten === undefined || goal === undefined || goal <= 0 ? 0 : Math.min(eaten / goal, 1)
  return (
    <a
      class={day === today ? 'week-day week-today' : 'week-day'}
      href={todayHref(day, today)}
      aria-current={chosen ? 'date' : undefined}
      aria-label={`${dayInFull(day)}${eaten === undefined ? '' : `, ${kcal(eaten)}`}`}
    >
      <DayMark day={day} ratio={ratio} />
    </a>
  )
}

function DayMark({ day, ratio }: { day: Day; ratio: number }) {
  return (
    <>
      <span class="week-letter">{weekdayLetter(day)}</span>
      <span class="week-mark">
        <svg viewBox="0 0 36 36" aria-hidden="true">
          <circle class="week-track" cx="18" cy="18" r="16" />
          <circle
            class="week-arc"
            cx="18"
            cy="18"
            r="16"
            pathLength="100"
            stroke-dasharray={`${ratio * 100} 100`}
            opacity={ratio > 0 ? 1 : 0}
            transform="rotate(-90 18 18)"
          />
        </svg>
        <span>{Number(day.slice(8))}</span>
      </span>
    </>
  )
}
