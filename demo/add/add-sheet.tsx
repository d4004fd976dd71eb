import type { MealSlot, RecentFood } from '@larder/sdk/nutrition'
import { displayName, fullName } from '../foods/display-name.ts'
import type { Food } from '../foods/food.ts'
import type { FoodSearch } from '../foods/food-search.ts'
import { type Day, dayInShort } from '../format/days.ts'
import type { MealDraft } from '../meals/meal-draft.ts'
import { scalableFood, usualAmount } from '../meals/portions.ts'
import { splitMealName } from '../meals/split-name.ts'
import { CaloriesForm } from '../parts/calories-form.tsx'
import { MealForm } from '../parts/meal-form.tsx'
import { PortionForm } from '../parts/portion-form.tsx'
import { Sheet } from '../parts/sheet.tsx'

/** What was picked: a food of the table, something eaten before, or a number to be typed. */
export type Picked =
  | { readonly kind: 'food'; readonly food: Food }
  | { readonly kind: 'recent'; readonly recent: RecentFood }
  | { readonly kind: 'quick'; readonly name: string }

export interface AddSheetProps {
  readonly picked: Picked
  readonly foods: FoodSearch | undefined
  readonly slot: MealSlot
  readonly day: Day
  readonly today: Day
  readonly onLog: (draft: MealDraft) => Promise<void>
  readonly onClosed: () => void
}

export function AddSheet({ picked, foods, slot, day, today, onLog, onClosed }: AddSheetProps) {
  const { title, note } = headingOf(picked)
  const when = day === today ? undefined : dayInShort(day)
  return (
    <Sheet title={title} note={[note, when].filter(Boolean).join(' · ') || undefined} onClosed={onClosed}>
      {(close) => {
        const options = {
          day,
          slot,
          submitLabel: 'Log',
          onSubmit: async (draft: MealDraft) => {
            await onLog(draft)
            close()
          },
        }
        if (picked.kind === 'quick') return <CaloriesForm {...options} start={{ name: picked.name }} />
        if (picked.kind === 'recent') {
          const { recent } = picked
          const food = recent.foodId === undefined ? undefined : foods?.find(recent.foodId)
          return <MealForm {...options} meal={recent} food={food} />
        }
        const food = scalableFood(picked.food, fullName(picked.food.name))
        return <PortionForm {...options} food={food} start={usualAmount(food)} />
      }}
    </Sheet>
  )
}

function headingOf(picked: Picked): { title: string; note: string } {
  if (picked.kind === 'quick') return { title: 'Quick calories', note: '' }
  const { title, detail } = picked.kind === 'recent' ? splitMealName(picked.recent) : displayName(picked.food.name)
  return { title, note: detail ?? '' }
}
