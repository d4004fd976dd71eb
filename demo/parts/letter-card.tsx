import type { DeadLetter } from '@larder/sdk'
import { useLarder } from '@larder/sdk/react'
import { useId, useState } from 'preact/hooks'
import { dateAndTime, timeFromNow } from '../format/times.ts'
import { canBeResent, describeLetter, fixedMeal } from '../meals/describe-letter.ts'
import type { MealData } from '../meals/meal-draft.ts'
import { notify, notifyProblem } from '../state/notices.ts'
import { useNow } from '../state/use-now.ts'
import { DiscardSheet } from './discard-sheet.tsx'
import { FixMealSheet } from './fix-meal-sheet.tsx'
import { Icon } from './icon.tsx'

/** Something that the server refused: what, why, when, and what one can do about it. */
export function LetterCard({ letter }: { letter: DeadLetter }) {
  const larder = useLarder()
  const id = useId()
  const now = useNow(30_000)
  const [open, setOpen] = useState<'fix' | 'discard'>()
  const { title, detail, meal } = describeLetter(letter)
  const isOpen = canBeResent(letter)

  const leave = async (done: Promise<unknown>, said: string, failed: string) => {
    try {
      await done
      notify(said)
    } catch (error) {
      notifyProblem(failed, error)
    }
  }
  const retry = () => leave(larder.deadLetters.retry(letter.id), `Sending ${title} again`, 'Not sent')
  const discard = () => leave(larder.deadLetters.discard(letter.id), `Discarded ${title}`, 'Not discarded')
  const resend = async (fixed: MealData) => {
    await larder.deadLetters.amend(letter.id, fixedMeal(letter, fixed))
    notify(`Sending ${fixed.name} again, as you fixed it`)
  }

  return (
    <li class="card letter">
      <article aria-labelledby={id}>
        <header class="letter-header">
          <span class="round-icon round-problem">
            <Icon name="alert" />
          </span>
          <div>
            <h3 id={id}>{title}</h3>
            {detail === undefined ? null : <p class="quiet">{detail}</p>}
          </div>
        </header>
        <p class="letter-reason">{letter.message}</p>
        <p class="quiet letter-facts">
          {letter.kind === 'commit' ? 'Refused' : 'Failed'}{' '}
          <time dateTime={letter.since} title={dateAndTime(letter.since)}>
            {timeFromNow(letter.since, now)}
          </time>
          .{letter.kind === 'commit' ? ' It is not counted in your day.' : ''}
          {letter.nextAttempt === undefined ? '' : ` Tried again by itself ${timeFromNow(letter.nextAttempt, now)}.`}{' '}
          <code>{letter.code}</code>
        </p>
        <p class="letter-actions">
          {meal === undefined || !isOpen ? null : (
            <button type="button" class="button button-primary" onClick={() => setOpen('fix')}>
              <Icon name="pencil" size={18} /> Fix and resend
            </button>
          )}
          {isOpen ? (
            <button type="button" class="button" onClick={() => void retry()}>
              <Icon name="refresh" size={18} /> Try again
            </button>
          ) : null}
          <button type="button" class="button button-quiet" onClick={() => setOpen('discard')}>
            Discard
          </button>
        </p>
      </article>
      {open === 'fix' && meal !== undefined ? (
        <FixMealSheet meal={meal} reason={letter.message} onFix={resend} onClosed={() => setOpen(undefined)} />
      ) : null}
      {open === 'discard' ? (
        <DiscardSheet title={title} onDiscard={() => void discard()} onClosed={() => setOpen(undefined)} />
      ) : null}
    </li>
  )
}
