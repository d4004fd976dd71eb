import type { DeadLetter } from '@larder/sdk'
import { describeLetter } from '../meals/describe-letter.ts'
import { useLetterActions } from '../meals/letter-actions.ts'
import { DiscardSheet } from './discard-sheet.tsx'
import { FixMealSheet } from './fix-meal-sheet.tsx'

export interface LetterSheetProps {
  readonly letter: DeadLetter
  readonly ask: 'fix' | 'discard'
  readonly onClosed: () => void
  /** It is about to go from where it is listed. */
  readonly onDiscard?: () => void
}

/** What is asked before something that the server refused is sent again or given up. */
export function LetterSheet({ letter, ask, onClosed, onDiscard }: LetterSheetProps) {
  const { resend, discard } = useLetterActions()
  const { title, meal } = describeLetter(letter)
  if (ask === 'discard') {
    const onAgreed = () => {
      onDiscard?.()
      void discard(letter)
    }
    return <DiscardSheet title={title} onDiscard={onAgreed} onClosed={onClosed} />
  }
  if (meal === undefined) return null
  return (
    <FixMealSheet meal={meal} reason={letter.message} onFix={(fixed) => resend(letter, fixed)} onClosed={onClosed} />
  )
}
