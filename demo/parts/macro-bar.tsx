import { gramsNumber } from '../format/numbers.ts'

export type Macro = 'protein' | 'carbs' | 'fat' | 'fibre'

export const macros: readonly { readonly macro: Macro; readonly title: string }[] = [
  { macro: 'protein', title: 'Protein' },
  { macro: 'carbs', title: 'Carbs' },
  { macro: 'fat', title: 'Fat' },
  { macro: 'fibre', title: 'Fibre' },
]

/** `Protein 62 / 120 g` over a bar. The words say it all; the bar is for the eye. */
export function MacroBar({
  macro,
  title,
  eaten,
  goal,
}: {
  macro: Macro
  title: string
  eaten: number
  goal: number | undefined
}) {
  const ratio = goal === undefined || goal <= 0 ? 0 : Math.min(eaten / goal, 1)
  return (
    <div class={`macro macro-${macro}`} style={{ '--fill': ratio }}>
      <dt class="macro-title">{title}</dt>
      <dd>
        <b>{gramsNumber(eaten)}</b>
        {goal === undefined ? ' g' : ` / ${gramsNumber(goal)} g`}
      </dd>
    </div>
  )
}
