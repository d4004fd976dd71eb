/** JSON that keeps what a structured clone keeps and JSON does not: typed arrays, NaN, undefined. */
type Tagged = { readonly $: string; readonly of: unknown }

export function toTaggedJson(value: unknown): string {
  return JSON.stringify(tag(value), undefined, 1)
}

export function fromTaggedJson(text: string): unknown {
  return untag(JSON.parse(text))
}

function tag(value: unknown): unknown {
  if (value === undefined) return { $: 'undefined', of: null } satisfies Tagged
  if (typeof value === 'number' && Number.isNaN(value)) return { $: 'NaN', of: null } satisfies Tagged
  if (value instanceof Uint32Array) return { $: 'Uint32Array', of: [...value] } satisfies Tagged
  if (value instanceof Float64Array) return { $: 'Float64Array', of: Array.from(value, tag) } satisfies Tagged
  if (value instanceof Uint8Array) return { $: 'Uint8Array', of: btoa(String.fromCharCode(...value)) } satisfies Tagged
  if (Array.isArray(value)) return value.map(tag)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, tag(each)]))
  return value
}

function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag)
  if (typeof value !== 'object' || value === null) return value
  if (!('$' in value && 'of' in value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, untag(each)]))
  const { $: name, of } = value
  if (name === 'undefined') return undefined
  if (name === 'NaN') return Number.NaN
  if (name === 'Uint8Array') return Uint8Array.from(atob(String(of)), (letter) => letter.charCodeAt(0))
  const numbers = (of as readonly unknown[]).map((each) => Number(untag(each)))
  return name === 'Uint32Array' ? Uint32Array.from(numbers) : Float64Array.from(numbers)
}
