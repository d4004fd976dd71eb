import type { CommitFate, DeadLetter } from '@larder/sdk'
import type { DailyIntake, Meal } from '@larder/sdk/nutrition'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { Day } from '../format/days.ts'
import { type DayRow, type DayRows, dayRows } from '../meals/day-rows.ts'
import { canBeFixed, describeLetter } from '../meals/describe-letter.ts'
import { useMealActions } from '../meals/meal-actions.ts'
import { slots } from '../meals/slots.ts'
import { navigate } from '../state/route.ts'
import { useShield } from '../state/use-shield.ts'
import { EditMealSheet } from './edit-meal-sheet.tsx'
import { EmptyDay } from './empty-day.tsx'
import { LetterSheet } from './letter-sheet.tsx'
import { SlotSection } from './slot-section.tsx'

type Asked =
  | { readonly what: 'edit'; readonly meal: Meal }
  | { readonly what: 'fix'; readonly letter: DeadLetter }
  | { readonly what: 'discard'; readonly letter: DeadLetter; readonly heading: HTMLElement | null }

export interface DayMealsProps {
  readonly day: Day
  readonly today: Day
  readonly intake: DailyIntake
  readonly fates: ReadonlyMap<string, CommitFate>
  readonly letters: readonly DeadLetter[]
}

/**
 * The meals of a day, and what can be done with each. Where meals come or go, from another device too, others move: a tap that was on its way then
 * does nothing, and not something to another meal.
 */
export function DayMeals({ day, today, intake, fates, letters }: DayMealsProps) {
  const before = useRef<DayRows>()
  const rows = useMemo(() => {
    before.current = dayRows({ day, intake, fates, letters }, before.current)
    return before.current
  }, [day, intake, fates, letters])
  const list = useRef<HTMLDivElement>(null)
  useShield(list, [...rows.rows.keys()].join())
  const { remove } = useMealActions()
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)

  const open = ({ meal, state, letter }: DayRow) => {
    if (state !== 'refused') setAsked({ what: 'edit', meal })
    else if (letter !== undefined && canBeFixed(letter)) setAsked({ what: 'fix', letter })
    else navigate('#/attention')
  }
  const takeAway = ({ meal, state, letter }: DayRow, heading: HTMLElement | null) => {
    if (state !== 'refused') {
      // The button goes with its row, so the focus moves to what stays.
      heading?.focus()
      void remove(meal)
    }
    // More than this meal would go with it: that is said where all of it stands.
    else if (letter === undefined || describeLetter(letter).meal === undefined) navigate('#/attention')
    else setAsked({ what: 'discard', letter, heading })
  }

  return (
    <div class="day-meals" ref={list}>
      {rows.rows.size === 0 ? <EmptyDay day={day} today={today} /> : null}
      <div class="slots">
        {slots.map((info) => (
          <SlotSection
            key={info.slot}
            info={info}
            intake={intake}
            day={day}
            today={today}
            rows={rows}
            onOpen={open}
            onRemove={takeAway}
          />
        ))}
      </div>
      {asked?.what === 'edit' ? <EditMealSheet meal={asked.meal} onClosed={close} /> : null}
      {asked?.what === 'fix' ? <LetterSheet letter={asked.letter} ask="fix" onClosed={close} /> : null}
      {asked?.what === 'discard' ? (
        <LetterSheet letter={asked.letter} ask="discard" onClosed={close} onDiscard={() => asked.heading?.focus()} />
      ) : null}
    </div>
  )
}
