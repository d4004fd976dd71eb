import type { DeadLetter } from '@larder/sdk'
import { useId, useState } from 'preact/hooks'
import { dateAndTime, timeFromNow } from '../format/times.ts'
import { canBeFixed, canBeResent, describeLetter } from '../meals/describe-letter.ts'
import { useLetterActions } from '../meals/letter-actions.ts'
import { useNow } from '../state/use-now.ts'
import { Icon } from './icon.tsx'
import { LetterSheet } from './letter-sheet.tsx'

/** Something that the server refused: what, why, when, and what one can do about it. */
export function LetterCard({ letter }: { letter: DeadLetter }) {
  const { retry } = useLetterActions()
  const id = useId()
  const now = useNow(30_000)
  const [open, setOpen] = useState<'fix' | 'discard'>()
  const { title, detail } = describeLetter(letter)

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
          {canBeFixed(letter) ? (
            <button type="button" class="button button-primary" onClick={() => setOpen('fix')}>
              <Icon name="pencil" size={18} /> Fix and resend
            </button>
          ) : null}
          {canBeResent(letter) ? (
            <button type="button" class="button" onClick={() => void retry(letter)}>
              <Icon name="refresh" size={18} /> Try again
            </button>
          ) : null}
          <button type="button" class="button button-quiet" onClick={() => setOpen('discard')}>
            Discard
          </button>
        </p>
      </article>
      {open === undefined ? null : <LetterSheet letter={letter} ask={open} onClosed={() => setOpen(undefined)} />}
    </li>
  )
}
