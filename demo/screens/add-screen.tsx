import type { MealSlot, RecentFood } from '@larder/sdk/nutrition'
import { useMemo, useRef, useState } from 'preact/hooks'
import { AddHeader } from '../add/add-header.tsx'
import { AddSheet, type Picked } from '../add/add-sheet.tsx'
import { FoodCombobox } from '../add/food-combobox.tsx'
import { foodOption } from '../add/food-option.ts'
import { RecentList } from '../add/recent-list.tsx'
import { Suggestions } from '../add/suggestions.tsx'
import { loadFoods, useFoods } from '../add/use-foods.ts'
import { useRecents } from '../add/use-recents.ts'
import type { Day } from '../format/days.ts'
import { whole } from '../format/numbers.ts'
import { useMealActions } from '../meals/meal-actions.ts'
import { draftFromRecent, type MealDraft } from '../meals/meal-draft.ts'
import { slotTitle } from '../meals/slots.ts'
import { Icon } from '../parts/icon.tsx'
import { SlotChoice } from '../parts/slot-choice.tsx'
import { notifyProblem } from '../state/notices.ts'
import { addHref, navigate, todayHref } from '../state/route.ts'
import { useShield } from '../state/use-shield.ts'

const noRecents: readonly never[] = []
/** More than that, and one types another letter instead of reading on. */
const RESULTS = 40

/** Finds a food, or takes a number; a screen of its own on phones, beside the day on wide screens. */
export function AddScreen({ slot, day, today, wide }: { slot: MealSlot; day: Day; today: Day; wide: boolean }) {
  const { foods, failed } = useFoods()
  const [query, setQuery] = useState('')
  const [mine, setMine] = useState<string>()
  const searching = query.trim() !== ''
  const recents = useRecents([day, slot, searching].join(), mine) ?? noRecents
  const boosts = useMemo(
    () =>
      new Map(recents.flatMap(({ foodId, count }) => (foodId === undefined ? [] : [[foodId, count > 2 ? 0.6 : 0.3]]))),
    [recents],
  )
  const list = useRef<HTMLDivElement>(null)
  useShield(list, recents.length === 0 ? 'suggestions' : 'recents')
  const actions = useMealActions()
  const [picked, setPicked] = useState<Picked>()
  const options = useMemo(
    () => foods?.search(query, { limit: RESULTS, boosts }).map(foodOption) ?? [],
    [foods, query, boosts],
  )
  const nothingFound = searching && foods !== undefined && options.length === 0

  // On a phone the day is another screen, and the day is what one wants to see now.
  const leave = (draft: MealDraft) => wide || navigate(todayHref(draft.day, today))
  const log = async (draft: MealDraft) => {
    setMine(await actions.log(draft))
    setQuery('')
    leave(draft)
  }
  const logAgain = async (recent: RecentFood) => {
    const draft = draftFromRecent(recent, { day, slot })
    try {
      await actions.log(draft)
      leave(draft)
    } catch (error) {
      notifyProblem('Not logged', error)
    }
  }

  return (
    <section class="add" aria-label="Add food">
      <AddHeader slot={slot} day={day} today={today} wide={wide} />
      <SlotChoice value={slot} onChange={(next) => navigate(addHref(next, day, today))} />
      <FoodCombobox
        query={query}
        options={options}
        placeholder={foods === undefined ? 'Search foods' : `Search ${whole(foods.size)} foods`}
        onQuery={setQuery}
        onPick={(food) => setPicked({ kind: 'food', food })}
      />
      {failed ? (
        <p class="banner banner-problem" role="alert">
          The foods could not be loaded.{' '}
          <button type="button" class="link-button" onClick={() => void loadFoods()}>
            Try again
          </button>
        </p>
      ) : null}
      {nothingFound ? <p class="quiet nothing-found">No food is called “{query.trim()}”.</p> : null}
      {searching && !nothingFound ? null : (
        <button
          type="button"
          class="quick card"
          onClick={() => setPicked({ kind: 'quick', name: searching ? query.trim() : '' })}
        >
          <span class="round-icon round-good">
            <Icon name="bolt" />
          </span>
          <span>
            <b>Quick calories</b>
            <span class="quiet">A name and a number, nothing to look up</span>
          </span>
        </button>
      )}
      <div ref={list}>
        {searching ? null : recents.length === 0 ? (
          <Suggestions wide={wide} onChoose={setQuery} />
        ) : (
          <RecentList
            recents={recents}
            slotTitle={slotTitle(slot)}
            wide={wide}
            onOpen={(recent) => setPicked({ kind: 'recent', recent })}
            onAgain={(recent) => void logAgain(recent)}
          />
        )}
      </div>
      {picked === undefined ? null : (
        <AddSheet
          picked={picked}
          foods={foods}
          slot={slot}
          day={day}
          today={today}
          onLog={log}
          onClosed={() => setPicked(undefined)}
        />
      )}
    </section>
  )
}
