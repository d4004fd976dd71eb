import type { FoundCommit } from './find-commit.ts'

/** A commit, or what is in its place by now. */
export interface FoundLine {
  readonly id: string
  readonly found: FoundCommit
}

/** Looks for a commit; where it was replaced, for what came into its place, and so on to the last. Undefined for one that was never stored here. */
export async function findLine(
  find: (id: string) => Promise<FoundCommit | undefined>,
  id: string,
): Promise<FoundLine | undefined> {
  const first = await find(id)
  if (first === undefined) return undefined
  let line: FoundLine = { id, found: first }
  const seen = new Set([id])
  while (line.found.replacedBy !== undefined && !seen.has(line.found.replacedBy)) {
    const next = line.found.replacedBy
    const found = await find(next)
    // A record of a time before, or from a backup that lacks the rest.
    if (found === undefined) break
    seen.add(next)
    line = { id: next, found }
  }
  return line
}
