import type { Clock } from '../src/platform/ports.ts'
import type { Rule } from './core/rules.ts'

export interface RuleLimits {
  /** Most time for one rule about one commit, in ms. */
  readonly eachMs: number
  /** Most time for all rules about all commits of one exchange, in ms. */
  readonly allMs: number
}

/** The same rules for one exchange, with so much time: they run under a lock, and one that hangs must not stop everybody. */
export function limitRules(rules: readonly Rule[], { eachMs, allMs }: RuleLimits, clock: Clock): readonly Rule[] {
  let left = allMs
  return rules.map((rule) => {
    const limited: Rule = async (commit, context) => {
      if (left <= 0) throw new Error('The rules of this exchange have had their time')
      const started = clock.monotonic()
      try {
        return await within(Math.min(eachMs, left), clock, async () => rule(commit, context))
      } finally {
        left -= clock.monotonic() - started
      }
    }
    // What is logged when it throws.
    return Object.defineProperty(limited, 'name', { value: rule.name })
  })
}

function within<T>(timeoutMs: number, clock: Clock, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeoutMs, () => reject(new Error('The rule took too long')))
    work().then(resolve, reject).finally(stop)
  })
}
