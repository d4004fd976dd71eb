/** True if one letter was left out, put in, replaced, or swapped with its neighbour; also if they are equal. */
export function isOneEditApart(a: string, b: string): boolean {
  if (a.length > b.length) return isOneEditApart(b, a)
  if (b.length - a.length > 1) return false
  let from = 0
  while (from < a.length && a[from] === b[from]) from++
  if (from === a.length) return true
  if (a.length < b.length) return a.slice(from) === b.slice(from + 1)
  if (a.slice(from + 1) === b.slice(from + 1)) return true
  return a[from] === b[from + 1] && a[from + 1] === b[from] && a.slice(from + 2) === b.slice(from + 2)
}

/** True if the typed letters are one edit away from the beginning of the word (or from all of it). */
export function isOneEditFromStart(typed: string, word: string): boolean {
  for (let length = typed.length - 1; length <= typed.length + 1; length++) {
    if (length > word.length) return false
    if (isOneEditApart(typed, word.slice(0, length))) return true
  }
  return false
}
