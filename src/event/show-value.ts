/** A value for the text of an error: never throws, whatever it is, and shows nothing of what is inside an object. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
