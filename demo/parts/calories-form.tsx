import { useId, useState } from 'preact/hooks'
import { amountText, parseAmount } from '../format/numbers.ts'
import type { MealData } from '../meals/meal-draft.ts'
import { BudgetNote } from './budget-note.tsx'
import { CaloriesWarning } from './calories-warning.tsx'
import { type Macro, macros } from './macro-bar.tsx'
import { MealFormFrame, type MealFormOptions } from './meal-form-frame.tsx'
import { NumberField } from './number-field.tsx'

export interface CaloriesFormProps extends MealFormOptions {
  readonly start?: Partial<Pick<MealData, 'name' | 'calories' | Macro>>
  /** kcal that the day already counts for this meal, where it is changed. */
  readonly replaced?: number
}

/** A name and a number, for what is in no table. The macros are there for those who know them. */
export function CaloriesForm({ start = {}, replaced = 0, ...options }: CaloriesFormProps) {
  const id = useId()
  const [name, setName] = useState(start.name ?? '')
  const [calories, setCalories] = useState(textOf(start.calories))
  const [grams, setGrams] = useState<Readonly<Record<Macro, string>>>({
    protein: textOf(start.protein),
    carbs: textOf(start.carbs),
    fat: textOf(start.fat),
    fibre: textOf(start.fibre),
  })
  const [asked, setAsked] = useState(false)
  const kcal = parseAmount(calories)
  const wrong = macros.filter(({ macro }) => grams[macro].trim() !== '' && parseAmount(grams[macro]) === undefined)
  const gramsOf = (macro: Macro) => parseAmount(grams[macro]) ?? 0
  const complete = kcal !== undefined && wrong.length === 0
  return (
    <MealFormFrame
      {...options}
      label="Quick calories"
      food={
        complete
          ? {
              name: name.trim() === '' ? 'Quick calories' : name.trim(),
              calories: kcal,
              protein: gramsOf('protein'),
              carbs: gramsOf('carbs'),
              fat: gramsOf('fat'),
              fibre: gramsOf('fibre'),
            }
          : undefined
      }
      onIncomplete={() => setAsked(true)}
    >
      <NumberField
        label="Calories"
        unit="kcal"
        big
        required
        autofocus
        value={calories}
        problem={
          kcal === undefined && (asked || calories.trim() !== '') ? 'How many? Write a number like 450.' : undefined
        }
        onInput={setCalories}
      />
      <div class="field">
        <label for={id}>Name</label>
        <input
          id={id}
          class="input"
          type="text"
          maxLength={200}
          placeholder="Quick calories"
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <details class="more" open={macros.some(({ macro }) => (start[macro] ?? 0) > 0)}>
        <summary>Protein, carbs, fat and fibre</summary>
        <div class="macro-fields">
          {macros.map(({ macro, title }) => (
            <NumberField
              key={macro}
              label={title}
              unit="g"
              value={grams[macro]}
              problem={wrong.some((each) => each.macro === macro) ? 'Not a number' : undefined}
              onInput={(text) => setGrams({ ...grams, [macro]: text })}
            />
          ))}
        </div>
      </details>
      <BudgetNote day={options.day} calories={kcal ?? 0} replaced={replaced} />
      <CaloriesWarning calories={kcal ?? 0} />
    </MealFormFrame>
  )
}

/** Nothing rather than a zero that nobody typed. */
function textOf(value: number | undefined): string {
  return value === undefined || value === 0 ? '' : amountText(value).replaceAll(',', '')
}
