import type { RecentFood } from '@larder/sdk/nutrition'
import { kcal, whole } from '../format/numbers.ts'
import { portionText } from '../meals/portion-text.ts'
import { Icon } from '../parts/icon.tsx'
import { MealName } from '../parts/meal-name.tsx'
import { ListTitle } from './list-title.tsx'

export interface RecentListProps {
  readonly recents: readonly RecentFood[]
  /** For the names of the buttons: `Lunch`. */
  readonly slotTitle: string
  readonly wide: boolean
  readonly onOpen: (recent: RecentFood) => void
  readonly onAgain: (recent: RecentFood) => void
}

/** What this person eats: one tap on the plus logs it as the last time, a tap on the name asks how much. */
export function RecentList({ recents, slotTitle, wide, onOpen, onAgain }: RecentListProps) {
  return (
    <section aria-labelledby="recent-foods">
      <ListTitle id="recent-foods" wide={wide}>
        Recent
      </ListTitle>
      <ul class="card recents" aria-labelledby="recent-foods">
        {recents.map((recent) => (
          <li key={recent.key} class="recent">
            <button type="button" class="recent-open" onClick={() => onOpen(recent)}>
              <MealName name={recent.name} foodId={recent.foodId} />
              <span class="meal-portion">
                {kcal(recent.calories)}
                {recent.portion === undefined ? '' : ` · ${portionText(recent.portion)}`}
              </span>
            </button>
            <button
              type="button"
              class="icon-button slot-add"
              aria-label={`Log ${recent.name}, ${whole(recent.calories)} kcal, to ${slotTitle}`}
              onClick={() => onAgain(recent)}
            >
              <Icon name="plus" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
