import { kcal, whole } from '../format/numbers.ts'

const RADIUS = 52
const LENGTH = 2 * Math.PI * RADIUS

/** The day at a glance: what was eaten against the goal. What is above the goal runs a second time around. */
export function Ring({ eaten, goal }: { eaten: number; goal: number | undefined }) {
  const ratio = goal === undefined || goal <= 0 ? 0 : eaten / goal
  const left = goal === undefined ? eaten : Math.round(goal) - Math.round(eaten)
  const label = goal === undefined ? `${kcal(eaten)} eaten` : `${whole(eaten)} of ${kcal(goal)}`
  const caption = goal === undefined ? 'kcal eaten' : left < 0 ? 'kcal over' : 'kcal left'
  return (
    <div class="ring">
      <svg viewBox="0 0 120 120" role="img" aria-label={label}>
        <Track />
        <Arc kind="eaten" ratio={Math.min(ratio, 1)} />
        <Arc kind="over" ratio={Math.min(Math.max(ratio - 1, 0), 1)} />
      </svg>
      <p class="ring-text" aria-hidden="true">
        <strong class={Math.abs(left) >= 10_000 ? 'ring-number ring-number-long' : 'ring-number'}>
          {whole(Math.abs(left))}
        </strong>
        <span>{caption}</span>
      </p>
    </div>
  )
}

/** Takes the same room. */
export function RingLoading() {
  return (
    <div class="ring">
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <Track />
      </svg>
    </div>
  )
}

function Track() {
  return <circle class="ring-track" cx="60" cy="60" r={RADIUS} />
}

function Arc({ kind, ratio }: { kind: 'eaten' | 'over'; ratio: number }) {
  // A round cap shows as a dot at nothing, so nothing is hidden.
  return (
    <circle
      class={`ring-arc ring-${kind}`}
      cx="60"
      cy="60"
      r={RADIUS}
      stroke-dasharray={`${ratio * LENGTH} ${LENGTH}`}
      opacity={ratio > 0 ? 1 : 0}
      transform="rotate(-90 60 60)"
    />
  )
}
