import type { NutrientTotals } from '@larder/sdk/nutrition'
import { grams, whole } from '../format/numbers.ts'
import { macros } from './macro-bar.tsx'

/** The numbers of one meal, large enough to watch while the amount changes. */
export function NutrientFacts({ nutrients }: { nutrients: NutrientTotals }) {
  return (
    <dl class="nutrients">
      <div class="nutrient-calories">
        <dt>Calories</dt>
        <dd>
          <b>{whole(nutrients.calories)}</b> kcal
        </dd>
      </div>
      {macros.map(({ macro, title }) => (
        <div key={macro} class={`nutrient nutrient-${macro}`}>
          <dt>{title}</dt>
          <dd>{grams(nutrients[macro])}</dd>
        </div>
      ))}
    </dl>
  )
}
