/**
 * Freezes plain objects and arrays, and all that they hold; what is anything else stays as it is. What is frozen already is taken to be frozen
 * throughout, so a state that shares most of itself with the one before costs what is new of it.
 */
export function deepFreeze<T>(value: T): T {
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const each = waiting.pop()
    if (!isPlain(each) || Object.isFrozen(each)) continue
    Object.freeze(each)
    for (const inner of Object.values(each)) waiting.push(inner)
  }
  return value
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}
