/** Names that a person may have meant: those of which at most a third, and at most three characters, are otherwise, the nearest first. */
export function closeMatches(name: string, known: readonly string[]): readonly string[] {
  const most = Math.min(3, Math.ceil(name.length / 3))
  return known
    .filter((each) => Math.abs(each.length - name.length) <= most)
    .map((each) => ({ each, distance: editDistance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .map(({ each }) => each)
}

/** How many characters have to be put in, taken out, replaced or swapped with the next (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const start = Array.from({ length: b.length + 1 }, (_, index) => index)
  let [before, row]: [readonly number[], readonly number[]] = [start, start]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwap ? at(before, j - 2) + 1 : change
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, change, swap))
    }
    before = row
    row = next
  }
  return at(row, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
