import { useId } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface AmountFieldProps {
  readonly value: string
  readonly problem: string | undefined
  readonly onInput: (text: string) => void
  readonly onStep: (direction: 1 | -1) => void
  readonly autofocus: boolean
}

/** How many, to be typed or stepped; arrow keys step too. */
export function AmountField({ value, problem, onInput, onStep, autofocus }: AmountFieldProps) {
  const id = useId()
  return (
    <div class="field amount">
      <label for={id}>Amount</label>
      <span class="stepper">
        <button type="button" class="icon-button" aria-label="Less" onClick={() => onStep(-1)}>
          <Icon name="minus" />
        </button>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autocomplete="off"
          autofocus={autofocus}
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onFocus={(event) => event.currentTarget.select()}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
            event.preventDefault()
            onStep(event.key === 'ArrowUp' ? 1 : -1)
          }}
        />
        <button type="button" class="icon-button" aria-label="More" onClick={() => onStep(1)}>
          <Icon name="plus" />
        </button>
      </span>
      {problem === undefined ? null : (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}
