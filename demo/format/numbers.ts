import { locale } from './locale.ts'

const wholeFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const tenthFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
const hundredthFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })

/** `1,240` */
export const whole = (value: number): string => wholeFormat.format(Math.round(value) + 0)
/** `1,240 kcal`; Intl knows no kilocalories. */
export const kcal = (value: number): string => `${whole(value)} kcal`
/** `2.5`, `100` */
export const amountText = (value: number): string => hundredthFormat.format(value)

/** `62 g`; below ten to a tenth, because there it matters. */
export function grams(value: number): string {
  return `${gramsNumber(value)} g`
}

export function gramsNumber(value: number): string {
  return value < 10 ? tenthFormat.format(value) : wholeFormat.format(value)
}

/** What a person typed as a number, with a comma or a point; undefined if it is none, or below zero. */
export function parseAmount(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.')
  if (!/^\d*\.?\d*$/.test(trimmed) || !/\d/.test(trimmed)) return undefined
  return Number(trimmed)
}
