import { type DailyIntake, type MealSlot, totalsOf } from '@larder/sdk/nutrition'
import { useRef } from 'preact/hooks'
import { type Day, dayInFull } from '../format/days.ts'
import { kcal } from '../format/numbers.ts'
import { type DayRow, type DayRows, rowsOf } from '../meals/day-rows.ts'
import type { SlotInfo } from '../meals/slots.ts'
import { addHref } from '../state/route.ts'
import { Icon, type IconName } from './icon.tsx'
import { MealRow } from './meal-row.tsx'

const icons: Readonly<Record<MealSlot, IconName>> = {
  breakfast: 'sunrise',
  lunch: 'sun',
  dinner: 'moon',
  snacks: 'apple',
}

export interface SlotSectionProps {
  readonly info: SlotInfo
  readonly intake: DailyIntake
  readonly day: Day
  readonly today: Day
  readonly rows: DayRows
  readonly onOpen: (row: DayRow) => void
  /** Told the heading of the section, which stays when the row goes. */
  readonly onRemove: (row: DayRow, heading: HTMLElement | null) => void
}

/** Breakfast, lunch, dinner or snacks: what was eaten, and a way to add. */
export function SlotSection({ info, intake, day, today, rows, onOpen, onRemove }: SlotSectionProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const listed = rowsOf(rows, info.slot)
  const id = `slot-${info.slot}`
  return (
    <section class={`card slot slot-${info.slot}`} aria-labelledby={id}>
      <header class="slot-header">
        <span class="slot-icon">
          <Icon name={icons[info.slot]} />
        </span>
        <h2 id={id} ref={heading} tabIndex={-1}>
          {info.title}
        </h2>
        <p class="slot-total">{listed.length === 0 ? null : kcal(totalsOf(intake, info.slot).calories)}</p>
        <a class="icon-button slot-add" href={addHref(info.slot, day, today)} aria-label={`Add to ${info.title}`}>
          <Icon name="plus" />
        </a>
      </header>
      {listed.length === 0 ? null : (
        <ul class="meals" aria-label={`${info.title}, ${dayInFull(day)}`}>
          {listed.map((row) => (
            <MealRow
              key={row.meal.mealId}
              row={row}
              onOpen={onOpen}
              onRemove={(removed) => onRemove(removed, heading.current)}
            />
          ))}
        </ul>
      )}
    </section>
  )
}
