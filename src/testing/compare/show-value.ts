/** The longest that one value takes in a message. */
const MOST_UNITS = 400

/** A value as a person reads it in a test's message: JSON where that says all of it. */
export function showValue(value: unknown): string {
  const text = write(value, new Set())
  return text.length > MOST_UNITS ? `${text.slice(0, MOST_UNITS)}…` : text
}

function write(value: unknown, open: Set<object>): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[function ${value.name}]`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (open.has(value)) return '[itself]'
  open.add(value)
  const text = writeObject(value, open)
  open.delete(value)
  return text
}

function writeObject(value: object, open: Set<object>): string {
  const all = (items: Iterable<unknown>): string => Array.from(items, (item) => write(item, open)).join(', ')
  if (Array.isArray(value)) return `[${all(value)}]`
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`
  if (value instanceof Set) return `Set(${all(value)})`
  if (value instanceof Map)
    return `Map(${Array.from(value, ([key, item]) => `${write(key, open)} → ${write(item, open)}`).join(', ')})`
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${write(item, open)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
