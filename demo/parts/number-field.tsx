import { useId } from 'preact/hooks'

export interface NumberFieldProps {
  readonly label: string
  readonly unit: string
  /** As it is typed: half a number is not yet wrong. */
  readonly value: string
  readonly onInput: (text: string) => void
  readonly required?: boolean
  /** What is wrong with it, once it is. */
  readonly problem?: string | undefined
  readonly autofocus?: boolean
  readonly big?: boolean
}

/** A labelled field for a number with its unit. It takes a comma for a point. */
export function NumberField({ label, unit, value, onInput, required, problem, autofocus, big }: NumberFieldProps) {
  const id = useId()
  return (
    <div class={big ? 'field field-big' : 'field'}>
      <label for={id}>{label}</label>
      <span class="input-with-unit">
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autocomplete="off"
          // In a dialog the browser puts the focus here when it opens.
          autofocus={autofocus ?? false}
          required={required ?? false}
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <span class="unit">{unit}</span>
      </span>
      {problem === undefined ? null : (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}
