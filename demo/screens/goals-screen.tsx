import { goals } from '@larder/sdk/nutrition'
import { useView } from '@larder/sdk/react'
import { GoalForm } from '../parts/goal-form.tsx'
import { GoalHistory } from '../parts/goal-history.tsx'
import { ScreenHeader } from '../parts/screen-header.tsx'

/** What to aim for, and how that changed. */
export function GoalsScreen() {
  const targets = useView(goals)
  return (
    <div class="goals" aria-busy={targets === undefined}>
      <ScreenHeader>
        <h1 tabIndex={-1}>Goals</h1>
      </ScreenHeader>
      {targets === undefined ? (
        <div class="card skeleton" aria-hidden="true" />
      ) : (
        <div class="two-columns">
          <GoalForm latest={targets.latest} />
          <GoalHistory history={targets.history} />
        </div>
      )}
    </div>
  )
}
