import { splitMealName } from '../meals/split-name.ts'

/** What a meal is called on one line, the telling part first. */
export function MealName(meal: { readonly name: string; readonly foodId: string | undefined }) {
  const { title, detail } = splitMealName(meal)
  return (
    <span class="meal-name">
      <b>{title}</b>
      {detail === undefined ? null : <span>, {detail}</span>}
    </span>
  )
}
