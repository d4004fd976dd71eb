import { isLarderError, type LarderErrorCode } from '../../errors.ts'
import type { Larder } from '../../reactive/larder.ts'
import type { Prng } from '../chance/prng.ts'
import type { AppTab } from './app-tab.ts'
import { describe } from './installation.ts'
import type { Person } from './scene.ts'
import type { Violations } from './violations.ts'
import type { FaultCounts } from './world/fault-counts.ts'

/** What somebody does with an app. */
export type Act = (prng: Prng, larder: Larder) => unknown

export interface VisitorOptions {
  readonly prng: Prng
  readonly act: Act
  readonly mayFail: readonly LarderErrorCode[]
  readonly violations: Violations
  readonly counts: FaultCounts
  /** Whether a commit was ever seen on a disk. */
  readonly isKnown: (commitId: string) => boolean
}

/**
 * How an act may fail in a world of faults: the tab closes, its storage fails, another device was first, nobody answers. An act that fails in another
 * way has a defect, or found one.
 */
const EXPECTED: readonly LarderErrorCode[] = [
  'closed',
  'storage-unavailable',
  'concurrency',
  'timeout',
  'dead-letter-unknown',
  'dead-letter-accepted',
]

/** Whoever uses an app by its public API, as a function says, and looks after its dead letters. */
export class Visitor implements Person {
  readonly #options: VisitorOptions

  constructor(options: VisitorOptions) {
    this.#options = options
  }

  async act(_device: string, { tab, larder }: AppTab): Promise<void> {
    if (larder === undefined) return
    const { prng, act, counts } = this.#options
    counts.add('act')
    tab.actor.record('acts')
    await this.#attempt('act', async () => act(prng, this.#watched(larder)))
  }

  /** Tries everything again, and at last gives up what is refused for good. */
  async attend(_device: string, { larder, tab }: AppTab, isDone: boolean): Promise<boolean> {
    const { prng, counts } = this.#options
    let any = false
    await this.#attempt('attend', async () => {
      const [first, ...others] = (await larder?.deadLetters.list())?.filter(isWaiting) ?? []
      if (larder === undefined || first === undefined) return
      any = true
      const letter = prng.pick([first, ...others])
      const does = isDone || letter.code === 'already-accepted' ? 'discard' : 'retry'
      tab.actor.record(`${does} ${letter.id}`)
      counts.add(does)
      await larder.deadLetters[does](letter.id)
    })
    return any
  }

  /** The same larder, whose word that something is stored is checked when it gives it. */
  #watched(larder: Larder): Larder {
    const { isKnown, violations } = this.#options
    return {
      ...larder,
      append: async (events, options) => {
        const receipt = await larder.append(events, options)
        const lie = () => `append answered ${receipt.commitId}, which lies on no disk`
        violations.check(isKnown(receipt.commitId), 'nothing-lost', lie)
        return receipt
      },
    }
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    const { mayFail, violations, counts } = this.#options
    try {
      await work()
    } catch (error) {
      if (!isLarderError(error) || ![...EXPECTED, ...mayFail].includes(error.code)) {
        violations.add('act', `${what} failed with ${describe(error)}`)
      } else {
        counts.add(`${what}-${error.code}`)
      }
    }
  }
}

function isWaiting({ nextAttempt }: { readonly nextAttempt: unknown }): boolean {
  return nextAttempt === undefined
}
