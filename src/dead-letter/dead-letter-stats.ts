import type { DeadLetter, DeadLetterStats } from './dead-letter.ts'

/** @param now ms since 1970 */
export function deadLetterStats(letters: readonly DeadLetter[], now: number): DeadLetterStats {
  const byReason = new Map<string, number>()
  const byKind = { commit: 0, handler: 0 }
  for (const { code, kind } of letters) {
    byReason.set(code, (byReason.get(code) ?? 0) + 1)
    byKind[kind]++
  }
  const since = letters.map((letter) => letter.since).sort()
  return {
    total: letters.length,
    byReason: Object.fromEntries(byReason),
    byKind,
    oldest: since[0],
    retryReady: letters.filter(({ nextAttempt }) => nextAttempt !== undefined && Date.parse(nextAttempt) <= now).length,
  }
}
