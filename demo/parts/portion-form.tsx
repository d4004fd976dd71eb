import { useId, useState } from 'preact/hooks'
import { amountText, grams as gramsText, parseAmount } from '../format/numbers.ts'
import { type Amount, changeUnit, nutrientsOf, type Scalable, stepOf } from '../meals/portions.ts'
import { FINE_POINTER, useMediaQuery } from '../state/use-media-query.ts'
import { AmountField } from './amount-field.tsx'
import { BudgetNote } from './budget-note.tsx'
import { CaloriesWarning } from './calories-warning.tsx'
import { Icon } from './icon.tsx'
import { MealFormFrame, type MealFormOptions } from './meal-form-frame.tsx'
import { NutrientFacts } from './nutrient-facts.tsx'

export interface PortionFormProps extends MealFormOptions {
  readonly food: Scalable
  readonly start: Amount
  /** kcal that the day already counts for this meal, where it is changed. */
  readonly replaced?: number
}

/** How much of a food; its numbers follow as it is typed. */
export function PortionForm({ food, start, replaced = 0, ...options }: PortionFormProps) {
  const id = useId()
  const finePointer = useMediaQuery(FINE_POINTER)
  const [text, setText] = useState(() => plainNumber(start.amount))
  const [unit, setUnit] = useState(start.unit)
  const [asked, setAsked] = useState(false)
  const amount = parseAmount(text)
  const valid = amount !== undefined && amount > 0
  const weight = valid ? amount * unit.grams : 0
  const nutrients = nutrientsOf(food, weight)
  const step = (direction: 1 | -1) => {
    const by = stepOf(unit)
    setText(plainNumber(Math.max(by, Math.round(((amount ?? 0) + direction * by) * 100) / 100)))
  }
  const choose = (label: string) => {
    const next = food.units.find((each) => each.label === label)
    if (next === undefined) return
    const changed = changeUnit({ amount: valid ? amount : start.amount, unit }, next)
    setUnit(next)
    setText(plainNumber(changed.amount))
  }
  return (
    <MealFormFrame
      {...options}
      label="Portion"
      food={
        valid
          ? {
              name: food.name,
              ...nutrients,
              portion: { amount, unit: unit.label, grams: Math.round(weight * 100) / 100 },
              foodId: food.foodId,
            }
          : undefined
      }
      onIncomplete={() => setAsked(true)}
    >
      <NutrientFacts nutrients={nutrients} />
      <div class="portion">
        <AmountField
          value={text}
          problem={valid || (text.trim() === '' && !asked) ? undefined : 'A number above zero'}
          autofocus={finePointer}
          onInput={setText}
          onStep={step}
        />
        <div class="field">
          <label for={id}>Unit</label>
          <span class="select">
            <select id={id} class="input" value={unit.label} onChange={(event) => choose(event.currentTarget.value)}>
              {food.units.map(({ label, grams }) => (
                <option key={label} value={label}>
                  {label === 'g' ? 'g' : `${label} (${gramsText(grams)})`}
                </option>
              ))}
            </select>
            <Icon name="down" size={18} />
          </span>
        </div>
      </div>
      <BudgetNote day={options.day} calories={nutrients.calories} replaced={replaced} />
      <CaloriesWarning calories={nutrients.calories} />
    </MealFormFrame>
  )
}

/** For a field: no thousands separators, which would be read as a decimal comma. */
function plainNumber(value: number): string {
  return amountText(value).replaceAll(',', '')
}
