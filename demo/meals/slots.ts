import type { MealSlot } from '@larder/sdk/nutrition'

export interface SlotInfo {
  readonly slot: MealSlot
  readonly title: string
}

/** In the order of the day. */
export const slots: readonly SlotInfo[] = [
  { slot: 'breakfast', title: 'Breakfast' },
  { slot: 'lunch', title: 'Lunch' },
  { slot: 'dinner', title: 'Dinner' },
  { slot: 'snacks', title: 'Snacks' },
]

export function slotTitle(slot: MealSlot): string {
  return slots.find((each) => each.slot === slot)?.title ?? slot
}

export function isSlot(text: string): text is MealSlot {
  return slots.some((each) => each.slot === text)
}

/** What one is likely to log at this hour. */
export function slotAt(now: Date): MealSlot {
  const hour = now.getHours()
  if (hour >= 4 && hour < 11) return 'breakfast'
  if (hour >= 11 && hour < 15) return 'lunch'
  if (hour >= 17 && hour < 22) return 'dinner'
  return 'snacks'
}
