import type { Food } from '../foods/food.ts'
import { whole } from '../format/numbers.ts'
import type { FoodOption } from './food-option.ts'

export interface FoodResultsProps {
  readonly id: string
  readonly hidden: boolean
  readonly options: readonly FoodOption[]
  readonly activeIndex: number
  readonly optionId: (index: number) => string
  readonly onPick: (food: Food) => void
}

/** The listbox of the combobox. The keyboard never leaves the field, so options take no focus of their own. */
export function FoodResults({ id, hidden, options, activeIndex, optionId, onPick }: FoodResultsProps) {
  return (
    <div class="results" id={id} role="listbox" aria-label="Foods" hidden={hidden} tabIndex={-1}>
      {hidden
        ? null
        : options.map(({ food, title, detail, calories, portion }, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, and picks with Enter
            <div
              key={food.id}
              id={optionId(index)}
              class="result"
              role="option"
              aria-selected={index === activeIndex}
              tabIndex={-1}
              // The field keeps the focus, and the keyboard of a phone stays up.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onPick(food)}
            >
              <span class="result-text">
                <b>{title}</b>
                {detail === '' ? null : <span>{detail}</span>}
              </span>
              <span class="result-numbers">
                <b>{whole(calories)} kcal</b>
                <span>{portion}</span>
              </span>
            </div>
          ))}
    </div>
  )
}
