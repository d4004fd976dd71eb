import type { SeedResult } from './story.ts'
import type { Violation } from './violations.ts'

/** Others may follow from the first. */
const MOST_SHOWN = 5

/** One seed broke something. The message is for a person: what, and when; the end of what happened; how to run it again. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure'
  readonly seed: number
  readonly violations: readonly Violation[]
  /** The end of what happened, a line each. */
  readonly trace: string

  constructor({ seed, violations, trace }: SeedResult) {
    const broken = violations
      .slice(0, MOST_SHOWN)
      .map(({ invariant, at, detail }) => `  ${invariant} at ${at} ms: ${detail}`)
    const more = violations.length - broken.length
    super(
      [
        `Seed ${seed} broke`,
        ...broken,
        ...(more > 0 ? [`  and ${more} more`] : []),
        'The end of what happened:',
        trace,
        `To run it again: simulate(domain, { seed: ${seed}, … })`,
      ].join('\n'),
    )
    this.seed = seed
    this.violations = violations
    this.trace = trace
  }
}
