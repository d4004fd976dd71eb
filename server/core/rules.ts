import type { CommitRule, CommitToJudge, ReadStreamOptions, Refusal, RuleContext } from '../../src/event/commit-rule.ts'
import type { Logger } from '../../src/platform/ports.ts'

export type Rule = CommitRule
export type { CommitToJudge, ReadStreamOptions, Refusal, RuleContext }

/** A rule's answer: the commit is refused and waits on the device for a person, or, where `retryable`, for the next attempt. */
export function refuseCommit(code: string, message: string, options: { retryable?: boolean } = {}): Refusal {
  return { code, message, retryable: options.retryable ?? false }
}

/** What the wire takes as a code. */
const MAX_CODE_LENGTH = 256

const UNDECIDED: Refusal = refuseCommit(
  'rule-failed',
  'The server could not check this just now. It will be sent again by itself.',
  {
    retryable: true,
  },
)

/** The first refusal in the order of `rules`. A rule that throws, or answers something else, refuses for now: only its name is logged. */
export async function askRules(
  rules: readonly Rule[],
  commit: CommitToJudge,
  context: RuleContext,
  logger: Logger | undefined,
): Promise<Refusal | undefined> {
  for (const rule of rules) {
    try {
      const answer = await rule(commit, context)
      if (answer === undefined || answer === null) continue
      if (isRefusal(answer)) return answer
      logger?.error('A rule answered neither a refusal nor nothing', { rule: rule.name, commit: commit.id })
    } catch (error) {
      logger?.error('A rule threw', {
        rule: rule.name,
        commit: commit.id,
        error: error instanceof Error ? error.name : typeof error,
      })
    }
    return UNDECIDED
  }
  return undefined
}

function isRefusal(answer: Refusal): boolean {
  const { code, message } = answer
  return typeof code === 'string' && code !== '' && code.length <= MAX_CODE_LENGTH && typeof message === 'string'
}
