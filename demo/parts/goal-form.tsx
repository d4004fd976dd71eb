import { type Goals, NutritionGoalSet } from '@larder/sdk/nutrition'
import { useLarder } from '@larder/sdk/react'
import { useState } from 'preact/hooks'
import { kcal, parseAmount, whole } from '../format/numbers.ts'
import {
  caloriesOf,
  type GoalFieldName,
  type GoalTexts,
  goalFields,
  macrosFor,
  splits,
  textsOf,
} from '../meals/goal-fields.ts'
import { notify } from '../state/notices.ts'
import { account } from '../store.ts'
import { NumberField } from './number-field.tsx'

/** Calories and macros to aim for. Only what was changed becomes an event, all of it in one commit. */
export function GoalForm({ latest }: { latest: Goals['latest'] }) {
  const larder = useLarder()
  // Only what the person typed is kept here, so that a goal set on another device shows at once.
  const [typed, setTyped] = useState<GoalTexts>({})
  const [problem, setProblem] = useState<string>()
  const texts: GoalTexts = { ...textsOf(latest), ...typed }
  const numbers: Partial<Record<GoalFieldName, number>> = {}
  const wrong: GoalFieldName[] = []
  for (const { field } of goalFields) {
    const text = texts[field]
    if (text === undefined || text.trim() === '') continue
    const number = parseAmount(text)
    if (number === undefined) wrong.push(field)
    else numbers[field] = number
  }
  const { calories } = numbers
  const changed = goalFields.filter(
    ({ field }) => numbers[field] !== undefined && numbers[field] !== latest[field]?.targetValue,
  )
  const set = (more: GoalTexts) => {
    setTyped({ ...typed, ...more })
    setProblem(undefined)
  }
  const save = async () => {
    if (wrong.length > 0) return
    try {
      const events = changed.flatMap(({ field, unit }) => {
        const targetValue = numbers[field]
        if (targetValue === undefined) return []
        return NutritionGoalSet({ userId: account, goalType: field, targetValue, unit, timeline: 'daily' })
      })
      if (events.length > 0) await larder.append(events)
      setTyped({})
      notify(events.length > 0 ? 'Goals saved' : 'Your goals are as they were')
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form
      class="card goal-form"
      aria-label="Daily goals"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <h2>Daily goals</h2>
      {goalFields.map(({ field, title, unit }) => (
        <NumberField
          key={field}
          label={title}
          unit={unit}
          big={field === 'calories'}
          value={texts[field] ?? ''}
          problem={wrong.includes(field) ? 'This is not a number. Write it like 2000 or 62.5.' : undefined}
          onInput={(text) => set({ [field]: text })}
        />
      ))}
      <p class="goal-splits">
        <span>Fill in the macros</span>
        {splits.map((split) => (
          <button
            key={split.title}
            type="button"
            class="button button-small"
            disabled={calories === undefined || calories === 0}
            onClick={() => calories !== undefined && set(macrosFor(calories, split))}
          >
            {split.title}
          </button>
        ))}
      </p>
      <MacroSum calories={calories} sum={caloriesOf(numbers)} />
      {problem === undefined ? null : (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="button button-primary button-wide">
        Save goals
      </button>
    </form>
  )
}

function MacroSum({ calories, sum }: { calories: number | undefined; sum: number | undefined }) {
  if (calories === undefined || sum === undefined) return null
  const difference = Math.round(sum - calories)
  // Rounding to whole grams alone makes a few kcal.
  if (Math.abs(difference) <= 10) return <p class="goal-sum">The macros add up to the calories.</p>
  return (
    <p class="goal-sum">
      The macros add up to {kcal(sum)}, {whole(Math.abs(difference))} {difference > 0 ? 'more' : 'less'} than the
      calories.
    </p>
  )
}
