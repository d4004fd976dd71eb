import type { MealSlot } from '@larder/sdk/nutrition'
import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Day } from '../format/days.ts'
import type { MealDraft } from '../meals/meal-draft.ts'
import { SlotChoice } from './slot-choice.tsx'

/** When and as which meal of the day; how the form is sent. The same for every way to log. */
export interface MealFormOptions {
  readonly day: Day
  readonly slot: MealSlot
  /** `Log`, `Save`, `Resend`. */
  readonly submitLabel: string
  /** Default false: the day is known. */
  readonly asksDay?: boolean
  /** Rejects when it was not stored: then the form stays, with the reason. */
  readonly onSubmit: (draft: MealDraft) => Promise<void>
}

export interface MealFormFrameProps extends MealFormOptions {
  readonly label: string
  readonly children: ComponentChildren
  /** The food and its numbers; undefined while something is missing or wrong. */
  readonly food: Omit<MealDraft, 'day' | 'slot'> | undefined
  /** Asked to log while something is missing. */
  readonly onIncomplete: () => void
}

export function MealFormFrame(props: MealFormFrameProps) {
  const { label, children, food, submitLabel, asksDay = false, onSubmit, onIncomplete } = props
  const id = useId()
  const [day, setDay] = useState(props.day)
  const [slot, setSlot] = useState(props.slot)
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string>()
  const submit = async () => {
    if (sending) return
    if (food === undefined) return onIncomplete()
    setSending(true)
    setProblem(undefined)
    try {
      await onSubmit({ ...food, day, slot })
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setSending(false)
    }
  }
  return (
    <form
      class="meal-form"
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {children}
      <SlotChoice value={slot} onChange={setSlot} />
      {asksDay ? (
        <div class="field">
          <label for={id}>Day</label>
          <input
            id={id}
            class="input"
            type="date"
            required
            value={day}
            onInput={(event) => event.currentTarget.value !== '' && setDay(event.currentTarget.value)}
          />
        </div>
      ) : null}
      {problem === undefined ? null : (
        <p class="field-problem" role="alert">
          Not saved: {problem}
        </p>
      )}
      <button type="submit" class="button button-primary button-wide" aria-disabled={sending}>
        {submitLabel}
      </button>
    </form>
  )
}
