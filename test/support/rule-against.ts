import type { CommitRule } from '../../src/event/commit-rule.ts'
import { mentions } from './mentions.ts'

/** A rule of a server that refuses what holds a word. */
export function ruleAgainst(word: string, refusal: Awaited<ReturnType<CommitRule>>): CommitRule {
  return ({ events }) => (mentions(events, word) ? refusal : undefined)
}
