import type { Portion } from '@larder/sdk/nutrition'
import { amountText, grams } from '../format/numbers.ts'

/** `100 g`, `2 large · 100 g`; what was logged without a portion has none. */
export function portionText(portion: Portion | undefined): string | undefined {
  if (portion === undefined) return undefined
  if (portion.unit === 'g') return `${amountText(portion.amount)} g`
  return `${amountText(portion.amount)} ${shortUnit(portion.unit)} · ${grams(portion.grams)}`
}

/** `medium (7" to 7-7/8" long)` → `medium` */
function shortUnit(label: string): string {
  const short = label.replace(/\s*\([^)]*\)/g, '').trim()
  return short === '' ? label : short
}

/** `breast, bone and skin removed` → `breast`; for where there is no room. */
export function shortestUnit(label: string): string {
  return shortUnit(label).split(',', 1)[0] ?? label
}
