import { type RecentFood, recentFoods } from '@larder/sdk/nutrition'
import { useView } from '@larder/sdk/react'
import { useRef } from 'preact/hooks'

interface Shown {
  readonly turn: string
  readonly mine: string | undefined
  readonly foods: readonly RecentFood[]
}

/**
 * What was eaten lately, as it stood when the list was turned to: one tap logs a food, so what comes from other devices does not move under the
 * finger. It is read anew with another `turn`, when it holds `mine`, the id of the meal that was logged here last, and for as long as it is empty: a
 * new device has nothing before its first sync.
 */
export function useRecents(turn: string, mine: string | undefined): readonly RecentFood[] | undefined {
  const latest = useView(recentFoods)?.foods
  const shown = useRef<Shown>()
  const { current } = shown
  const isMineNew = mine !== current?.mine && latest?.some(({ mealId }) => mealId === mine) === true
  if (latest !== undefined && (current?.turn !== turn || isMineNew || current.foods.length === 0)) {
    shown.current = { turn, mine: isMineNew ? mine : current?.mine, foods: latest }
  }
  return shown.current?.foods
}
