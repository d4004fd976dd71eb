import type { MealSlot } from '@larder/sdk/nutrition'
import { useSyncExternalStore } from 'preact/compat'
import { type Day, isDay } from '../format/days.ts'
import { isSlot } from '../meals/slots.ts'

/** Where the person is. No `day` means today, also after midnight; no `slot` means what fits the hour. */
export type Route =
  | { readonly screen: 'today'; readonly day: Day | undefined }
  | { readonly screen: 'add'; readonly slot: MealSlot | undefined; readonly day: Day | undefined }
  | { readonly screen: 'goals' }
  | { readonly screen: 'attention' }

/** Reads the part of the address after `#`; what it does not know leads to today. */
export function parseRoute(hash: string): Route {
  const [screen, ...rest] = hash.replace(/^#?\/?/, '').split('/')
  const day = rest.find(isDay)
  if (screen === 'add') return { screen, slot: rest.find(isSlot), day }
  if (screen === 'goals' || screen === 'attention') return { screen }
  return { screen: 'today', day }
}

export function todayHref(day: Day, today: Day): string {
  return day === today ? '#/today' : `#/today/${day}`
}

export function addHref(slot: MealSlot | undefined, day: Day, today: Day): string {
  return ['#/add', ...(slot === undefined ? [] : [slot]), ...(day === today ? [] : [day])].join('/')
}

/** Where a tab leads. Add is for the day that is on the screen, as the plus of each of its meals is. */
export function tabHref(screen: Route['screen'], shown: Route): string {
  return screen === 'add' && 'day' in shown && shown.day !== undefined ? `#/add/${shown.day}` : `#/${screen}`
}

/** Only the part after `#` changes, so `?device=` stays. */
export function navigate(href: string): void {
  location.hash = href.slice(1)
}

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash)
}
