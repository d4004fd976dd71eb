import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'

/** What a command answers that the aggregate does not allow. Made by {@link refuse}. */
export interface CommandRefusal {
  readonly kind: 'refusal'
  /** Stable, kebab-case; programs decide by it. */
  readonly code: string
  /** For the person whose command it is. */
  readonly message: string
}

const CODE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/**
 * Says no to a command: nothing is stored, and `execute` rejects with the code `refused`.
 *
 * ```ts
 * decide: (state, goal) => (state.registered ? NutritionGoalSet(goal) : refuse('not-registered', 'Register first'))
 * ```
 *
 * @param code stable and kebab-case: programs decide by it
 * @param sentence for the person whose command it is: what is wrong, and what to do. Keep data out of it: it becomes the text of an error
 * @throws LarderError `argument`
 */
export function refuse(code: string, sentence: string): CommandRefusal {
  if (typeof code !== 'string' || !CODE.test(code))
    throw argumentError('code', `A refusal has a code in kebab-case, such as 'not-registered'; got ${showValue(code)}`)
  if (typeof sentence !== 'string' || sentence === '')
    throw argumentError('sentence', `Refusal ${code} needs a sentence that says what is wrong and what to do`)
  return Object.freeze({ kind: 'refusal', code, message: sentence })
}

export function isRefusal(value: unknown): value is CommandRefusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal'
}
