import { MAX_MEAL_CALORIES } from '@larder/sdk/nutrition'
import { kcal } from '../format/numbers.ts'
import { Icon } from './icon.tsx'

/** The app warns, the server decides. */
export function CaloriesWarning({ calories }: { calories: number }) {
  if (calories <= MAX_MEAL_CALORIES) return null
  return (
    <p class="warning" role="alert">
      <Icon name="alert" size={18} />
      <span>
        That is more than anyone eats at once. The server refuses meals above {kcal(MAX_MEAL_CALORIES)}; you can log it,
        but it will come back.
      </span>
    </p>
  )
}
