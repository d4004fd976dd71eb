/**
 * Keys as runs from a first to a last, both included. All keys that are numbers in this storage are whole, so nothing lies between neighbours:
 * a run is deleted by one request, where a thousand take as long as all that is written beside them.
 */
export function runsOf<K extends string | number>(keys: readonly K[]): (readonly [first: K, last: K])[] {
  const runs: [K, K][] = []
  for (const key of keys) {
    const run = runs.at(-1)
    const last = run?.[1]
    if (run !== undefined && typeof key === 'number' && typeof last === 'number' && key === last + 1) run[1] = key
    else runs.push([key, key])
  }
  return runs
}
