import type { CommitFate } from '@larder/sdk'
import type { Meal } from '@larder/sdk/nutrition'
import { kcal, whole } from '../format/numbers.ts'
import { portionText } from '../meals/portion-text.ts'
import { Icon } from './icon.tsx'
import { MealName } from './meal-name.tsx'

/** One meal of the day, and whether it is on the server yet. */
export function MealRow({
  meal,
  fate,
  onEdit,
  onRemove,
}: {
  meal: Meal
  fate: CommitFate | undefined
  onEdit: () => void
  onRemove: () => void
}) {
  const portion = portionText(meal.portion)
  return (
    <li class="meal">
      <button type="button" class="meal-open" aria-label={`Edit ${meal.name}, ${kcal(meal.calories)}`} onClick={onEdit}>
        <span class="meal-text">
          <MealName name={meal.name} foodId={meal.foodId} />
          {portion === undefined ? null : <span class="meal-portion">{portion}</span>}
        </span>
        <span class="meal-kcal">
          <b>{whole(meal.calories)}</b> kcal
        </span>
      </button>
      <button type="button" class="icon-button meal-remove" aria-label={`Remove ${meal.name}`} onClick={onRemove}>
        <Icon name="trash" size={18} />
      </button>
      <MealState fate={fate} />
    </li>
  )
}

/** A confirmed meal needs no words. */
function MealState({ fate }: { fate: CommitFate | undefined }) {
  if (fate === undefined) return null
  return (
    <p class="meal-state">
      <Icon name="clock" size={14} />
      {fate.state === 'held' ? 'Waiting for an earlier change' : 'Saved on this device'}
    </p>
  )
}
