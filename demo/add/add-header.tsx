import type { MealSlot } from '@larder/sdk/nutrition'
import { type Day, dayInShort } from '../format/days.ts'
import { slotTitle } from '../meals/slots.ts'
import { Icon } from '../parts/icon.tsx'
import { ScreenHeader } from '../parts/screen-header.tsx'
import { todayHref } from '../state/route.ts'

/** A screen's heading on phones, a panel's on wide screens. */
export function AddHeader({ slot, day, today, wide }: { slot: MealSlot; day: Day; today: Day; wide: boolean }) {
  const title = `Add to ${slotTitle(slot)}`
  const note = day === today ? undefined : dayInShort(day)
  if (wide) {
    return (
      <header class="panel-header">
        <h2>{title}</h2>
        {note === undefined ? null : <p class="quiet">{note}</p>}
      </header>
    )
  }
  return (
    <ScreenHeader>
      <a class="icon-button back" href={todayHref(day, today)} aria-label="Back to the day">
        <Icon name="left" />
      </a>
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {note === undefined ? null : <p class="quiet">{note}</p>}
      </div>
    </ScreenHeader>
  )
}
