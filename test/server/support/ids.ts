/** A lower-case UUID that says what it is: `uuid('c', 7)`. Letters beyond `f` are not hexadecimal, so kinds are `a` to `f`. */
export function uuid(kind: 'a' | 'b' | 'c' | 'd' | 'e' | 'f', n: number): string {
  return `${kind.repeat(8)}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

export const device = (n: number): string => uuid('d', n)
export const commitId = (n: number): string => uuid('c', n)
export const eventId = (n: number): string => uuid('e', n)
