import type { DeadLetter, Larder } from '@larder/sdk'
import { useLarder } from '@larder/sdk/react'
import { useMemo } from 'preact/hooks'
import { dismissAbout, notify, notifyProblem } from '../state/notices.ts'
import { describeLetter, fixedMeal } from './describe-letter.ts'
import type { MealData } from './meal-draft.ts'

/** What a person does about what the server refused. */
export interface LetterActions {
  /** Says itself when it fails, as `discard` does. */
  readonly retry: (letter: DeadLetter) => Promise<void>
  readonly discard: (letter: DeadLetter) => Promise<void>
  /** Rejects when it could not be stored, so that the form can stay open. */
  readonly resend: (letter: DeadLetter, fixed: MealData) => Promise<void>
}

export function useLetterActions(): LetterActions {
  const larder = useLarder()
  return useMemo(() => letterActions(larder), [larder])
}

function letterActions({ deadLetters }: Larder): LetterActions {
  const leave = async (done: Promise<unknown>, said: string, failed: string) => {
    try {
      await done
      dismissAbout('refusal')
      notify(said)
    } catch (error) {
      notifyProblem(failed, error)
    }
  }
  return {
    retry: (letter) => leave(deadLetters.retry(letter.id), `Sending ${describeLetter(letter).title} again`, 'Not sent'),
    discard: (letter) =>
      leave(deadLetters.discard(letter.id), `Discarded ${describeLetter(letter).title}`, 'Not discarded'),
    async resend(letter, fixed) {
      await deadLetters.amend(letter.id, fixedMeal(letter, fixed))
      dismissAbout('refusal')
      notify(`Sending ${fixed.name} again, as you fixed it`)
    },
  }
}
