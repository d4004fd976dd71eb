import { addDays, type Day, dayInFull, dayName } from '../format/days.ts'
import { todayHref } from '../state/route.ts'
import { Icon } from './icon.tsx'
import { ScreenHeader } from './screen-header.tsx'

/** Which day it is, and the way to the day before and after. */
export function DayHeader({ day, today }: { day: Day; today: Day }) {
  return (
    <ScreenHeader>
      <a class="icon-button" href={todayHref(addDays(day, -1), today)} aria-label="Previous day">
        <Icon name="left" />
      </a>
      <div class="day-title">
        <h1 tabIndex={-1}>{dayName(day, today)}</h1>
        <p>
          {dayInFull(day)}
          {day === today ? null : <a href="#/today">Go to today</a>}
        </p>
      </div>
      {day < today ? (
        <a class="icon-button" href={todayHref(addDays(day, 1), today)} aria-label="Next day">
          <Icon name="right" />
        </a>
      ) : (
        <span class="icon-button" aria-hidden="true">
          <Icon name="right" />
        </span>
      )}
    </ScreenHeader>
  )
}
