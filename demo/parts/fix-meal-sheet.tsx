import { useFoods } from '../add/use-foods.ts'
import type { MealData } from '../meals/meal-draft.ts'
import { MealForm } from './meal-form.tsx'
import { Sheet } from './sheet.tsx'

export interface FixMealSheetProps {
  readonly meal: MealData
  /** As the server said it. */
  readonly reason: string
  readonly onFix: (fixed: MealData) => Promise<void>
  readonly onClosed: () => void
}

/** Corrects a meal that the server refused. It stays the same meal, so a fix never makes a second one. */
export function FixMealSheet({ meal, reason, onFix, onClosed }: FixMealSheetProps) {
  const { foods } = useFoods()
  const food = meal.foodId === undefined ? undefined : foods?.find(meal.foodId)
  return (
    <Sheet title={`Fix ${meal.name}`} note={reason} onClosed={onClosed}>
      {(close) => (
        <MealForm
          meal={meal}
          food={food}
          day={meal.day}
          slot={meal.slot}
          asksDay
          submitLabel="Resend"
          onSubmit={async (draft) => {
            await onFix({ ...draft, userId: meal.userId, mealId: meal.mealId })
            close()
          }}
        />
      )}
    </Sheet>
  )
}
