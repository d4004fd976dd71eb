/**
 * A deep copy that shares no mutable part with the original: what the structured clone of IndexedDB gives for the shapes that are stored, at a
 * fraction of its cost. Strings are immutable and shared. Everything that is not plain data, an array or a typed array goes through
 * `structuredClone`, which throws a DataCloneError where there is no copy to be had.
 */
export function cloneRecord<T>(value: T): T
export function cloneRecord(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? structuredClone(value) : value
  }
  if (Array.isArray(value)) return value.map((item: unknown) => cloneRecord(item))
  if (value instanceof Uint32Array || value instanceof Float64Array || value instanceof Uint8Array) return value.slice()
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    // An own key of this name must not become the copy's prototype.
    if (key === '__proto__')
      Object.defineProperty(copy, key, {
        value: cloneRecord(item),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    else copy[key] = cloneRecord(item)
  }
  return copy
}
