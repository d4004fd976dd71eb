import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Food } from '../foods/food.ts'
import { Icon } from '../parts/icon.tsx'
import { FINE_POINTER, useMediaQuery } from '../state/use-media-query.ts'
import type { FoodOption } from './food-option.ts'
import { FoodResults } from './food-results.tsx'

export interface FoodComboboxProps {
  readonly query: string
  /** What was found for the query. */
  readonly options: readonly FoodOption[]
  readonly placeholder: string
  readonly onQuery: (query: string) => void
  readonly onPick: (food: Food) => void
}

/** A field with its results below: arrow keys move among them, Enter picks, Escape empties the field. */
export function FoodCombobox({ query, options, placeholder, onQuery, onPick }: FoodComboboxProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [active, setActive] = useState(0)
  const finePointer = useMediaQuery(FINE_POINTER)
  const open = query.trim() !== '' && options.length > 0
  const activeIndex = Math.min(active, options.length - 1)
  const optionId = (index: number) => `${id}-option-${index}`

  useEffect(() => {
    if (open) document.getElementById(`${id}-option-${activeIndex}`)?.scrollIntoView({ block: 'nearest' })
  }, [open, activeIndex, id])

  const type = (text: string) => {
    setActive(0)
    onQuery(text)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'Escape' && query !== '') {
      event.preventDefault()
      type('')
      return
    }
    if (!open) return
    const move = { ArrowDown: activeIndex + 1, ArrowUp: activeIndex - 1 }[event.key]
    if (move !== undefined) {
      event.preventDefault()
      setActive((move + options.length) % options.length)
      return
    }
    const chosen = options[activeIndex]
    if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault()
      onPick(chosen.food)
    }
  }

  return (
    <div class="search">
      <div class="search-field">
        <Icon name="search" />
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Search foods"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open ? optionId(activeIndex) : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterKeyHint="search"
          placeholder={placeholder}
          data-arrival={finePointer}
          value={query}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {query === '' ? null : (
          <button
            type="button"
            class="icon-button"
            aria-label="Clear search"
            onClick={() => {
              type('')
              input.current?.focus()
            }}
          >
            <Icon name="close" size={18} />
          </button>
        )}
      </div>
      <FoodResults
        id={`${id}-list`}
        hidden={!open}
        options={options}
        activeIndex={activeIndex}
        optionId={optionId}
        onPick={onPick}
      />
      <p class="visually-hidden" aria-live="polite">
        {open ? `${options.length} foods found` : ''}
      </p>
    </div>
  )
}
