import type { Goal } from '@larder/sdk/nutrition'
import { useCommits } from '@larder/sdk/react'
import { amountText } from '../format/numbers.ts'
import { dateAndTime } from '../format/times.ts'
import { goalFields } from '../meals/goal-fields.ts'
import { SyncMark } from './sync-mark.tsx'

/** Every change of the goals, the last first. What was saved together has one time, and stands together. */
export function GoalHistory({ history }: { history: readonly Goal[] }) {
  const fates = useCommits()
  const changes = [...bySetAt(history)].reverse()
  return (
    <section class="card goal-history" aria-labelledby="goal-history">
      <h2 id="goal-history">History</h2>
      {changes.length === 0 ? (
        <p class="quiet">Your goals will be listed here as you change them.</p>
      ) : (
        <ol>
          {changes.map(([setAt, goals]) => (
            <li key={setAt}>
              <p class="history-when">
                <time dateTime={setAt}>{dateAndTime(setAt)}</time>
                <SyncMark state={goals.some(({ eventId }) => fates?.has(eventId)) ? 'pending' : 'confirmed'} />
              </p>
              <p class="history-what">{goals.map(goalText).join(' · ')}</p>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function bySetAt(history: readonly Goal[]): ReadonlyMap<string, readonly Goal[]> {
  const groups = new Map<string, Goal[]>()
  for (const goal of history) {
    const group = groups.get(goal.setAt)
    if (group === undefined) groups.set(goal.setAt, [goal])
    else group.push(goal)
  }
  return groups
}

function goalText({ goalType, targetValue, unit }: Goal): string {
  const title = goalFields.find(({ field }) => field === goalType)?.title ?? goalType.replace('_', ' ')
  // Spaces that do not break: a line ends between goals.
  return `${title} ${amountText(targetValue)} ${unit}`.replaceAll(' ', '\u00a0')
}
