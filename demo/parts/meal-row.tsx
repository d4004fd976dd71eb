import { kcal, whole } from '../format/numbers.ts'
import type { DayRow } from '../meals/day-rows.ts'
import { canBeFixed } from '../meals/describe-letter.ts'
import { portionText } from '../meals/portion-text.ts'
import { Icon } from './icon.tsx'
import { MealName } from './meal-name.tsx'
import { markText, SyncMark } from './sync-mark.tsx'

export interface MealRowProps {
  readonly row: DayRow
  readonly onOpen: (row: DayRow) => void
  readonly onRemove: (row: DayRow) => void
}

/**
 * One meal of the day, and whether it is on the server yet. Its height, and where in it one can tap, are the same in every state: those change by
 * themselves.
 */
export function MealRow({ row, onOpen, onRemove }: MealRowProps) {
  const { meal, state } = row
  const { open, remove } = namesOf(row)
  return (
    <li class={state === 'refused' ? 'meal meal-refused' : 'meal'}>
      <button type="button" class="meal-open" aria-label={open} onClick={() => onOpen(row)}>
        <MealName name={meal.name} foodId={meal.foodId} />
        <span class="meal-kcal">
          <b>{whole(meal.calories)}</b> kcal
        </span>
        <span class="meal-note">
          <span class="meal-portion">{portionText(meal.portion) ?? 'Quick entry'}</span>
          <SyncMark state={state} />
        </span>
      </button>
      <button type="button" class="icon-button meal-remove" aria-label={remove} onClick={() => onRemove(row)}>
        <Icon name="trash" size={18} />
      </button>
    </li>
  )
}

/** The names of the two buttons. The first one's content has no name of its own, so it says the state as well. */
function namesOf({ meal, state, letter }: DayRow): { open: string; remove: string } {
  const { name } = meal
  const what = `${name}, ${kcal(meal.calories)}`
  if (state === 'refused') {
    const verb = letter === undefined || canBeFixed(letter) ? 'Fix' : 'See why not'
    return { open: `${verb}: ${what}. ${markText(state)}`, remove: `Discard ${name}` }
  }
  const mark = markText(state)
  return { open: `Edit ${what}${mark === undefined ? '' : `. ${mark}`}`, remove: `Remove ${name}` }
}
