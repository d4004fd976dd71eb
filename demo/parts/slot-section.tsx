import type { CommitFate } from '@larder/sdk'
import { type DailyIntake, type Meal, type MealSlot, mealsOf, totalsOf } from '@larder/sdk/nutrition'
import { useRef } from 'preact/hooks'
import { type Day, dayInFull } from '../format/days.ts'
import { kcal } from '../format/numbers.ts'
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
  readonly fates: ReadonlyMap<string, CommitFate>
  readonly onEdit: (meal: Meal) => void
  readonly onRemove: (meal: Meal) => void
}

/** Breakfast, lunch, dinner or snacks: what was eaten, and a way to add. */
export function SlotSection({ info, intake, day, today, fates, onEdit, onRemove }: SlotSectionProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const meals = mealsOf(intake, info.slot)
  const id = `slot-${info.slot}`
  const remove = (meal: Meal) => {
    // The button goes with its row, so the focus moves to what stays.
    heading.current?.focus()
    onRemove(meal)
  }
  return (
    <section class={`card slot slot-${info.slot}`} aria-labelledby={id}>
      <header class="slot-header">
        <span class="slot-icon">
          <Icon name={icons[info.slot]} />
        </span>
        <h2 id={id} ref={heading} tabIndex={-1}>
          {info.title}
        </h2>
        <p class="slot-total">{meals.length === 0 ? null : kcal(totalsOf(intake, info.slot).calories)}</p>
        <a class="icon-button slot-add" href={addHref(info.slot, day, today)} aria-label={`Add to ${info.title}`}>
          <Icon name="plus" />
        </a>
      </header>
      {meals.length === 0 ? null : (
        <ul class="meals" aria-label={`${info.title}, ${dayInFull(day)}`}>
          {meals.map((meal) => (
            <MealRow
              key={meal.mealId}
              meal={meal}
              fate={fates.get(meal.eventId)}
              onEdit={() => onEdit(meal)}
              onRemove={() => remove(meal)}
            />
          ))}
        </ul>
      )}
    </section>
  )
}
