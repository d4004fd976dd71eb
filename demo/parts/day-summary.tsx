import type { Goals, NutrientTotals } from '@larder/sdk/nutrition'
import { kcal, whole } from '../format/numbers.ts'
import { MacroBar, macros } from './macro-bar.tsx'
import { Ring, RingLoading } from './ring.tsx'

/** One glance at the day: the ring and the four bars. */
export function DaySummary({ totals, goals }: { totals: NutrientTotals; goals: Goals }) {
  const goal = goals.latest.calories?.targetValue
  return (
    <section class="hero" aria-label="Summary of the day">
      <div class="hero-ring">
        <Ring eaten={totals.calories} goal={goal} />
        {goal === undefined ? (
          <a class="hero-link" href="#/goals">
            Set a goal
          </a>
        ) : (
          <p class="hero-caption">
            <b>{whole(totals.calories)}</b> of {kcal(goal)}
          </p>
        )}
      </div>
      <dl class="macros">
        {macros.map(({ macro, title }) => (
          <MacroBar
            key={macro}
            macro={macro}
            title={title}
            eaten={totals[macro]}
            goal={goals.latest[macro]?.targetValue}
          />
        ))}
      </dl>
    </section>
  )
}

/** The same card without numbers, so that nothing jumps when they come a moment later. */
export function DaySummaryLoading() {
  return (
    <div class="hero" aria-hidden="true">
      <div class="hero-ring">
        <RingLoading />
        <p class="hero-caption">&nbsp;</p>
      </div>
      <div class="macros">
        {macros.map(({ macro, title }) => (
          <div key={macro} class={`macro macro-${macro} macro-loading`}>
            <span class="macro-title">{title}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
