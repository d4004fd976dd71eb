import type { Meal } from '@larder/sdk/nutrition'
import { useFoods } from '../add/use-foods.ts'
import { useMealActions } from '../meals/meal-actions.ts'
import { splitMealName } from '../meals/split-name.ts'
import { MealForm } from './meal-form.tsx'
import { Sheet } from './sheet.tsx'

/** Changes a meal of the day: how much, which meal, which day. */
export function EditMealSheet({ meal, onClosed }: { meal: Meal; onClosed: () => void }) {
  const { edit } = useMealActions()
  const { foods } = useFoods()
  const food = meal.foodId === undefined ? undefined : foods?.find(meal.foodId)
  const { title, detail } = splitMealName(meal)
  return (
    <Sheet title={title} note={detail} onClosed={onClosed}>
      {(close) => (
        <MealForm
          meal={meal}
          food={food}
          day={meal.day}
          slot={meal.slot}
          asksDay
          replaced={meal.calories}
          submitLabel="Save"
          onSubmit={async (draft) => {
            await edit(meal, draft)
            close()
          }}
        />
      )}
    </Sheet>
  )
}
