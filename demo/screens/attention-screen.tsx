import { useDeadLetters } from '@larder/sdk/react'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { LetterCard } from '../parts/letter-card.tsx'
import { ScreenHeader } from '../parts/screen-header.tsx'
import { SyncFacts } from '../parts/sync-facts.tsx'
import { SyncPanel } from '../parts/sync-panel.tsx'

/** How things stand with the server, and what it refused. What gets longer by itself stands below what does not. */
export function AttentionScreen() {
  const letters = useDeadLetters()
  const heading = useRef<HTMLHeadingElement>(null)
  const count = letters?.length ?? 0
  const before = useRef(count)
  useEffect(() => {
    // A card that leaves takes the focus with it; the heading is what stays.
    if (count < before.current && document.activeElement === document.body) heading.current?.focus()
    before.current = count
  }, [count])
  return (
    <div class="attention">
      <ScreenHeader>
        <h1 tabIndex={-1}>Sync</h1>
      </ScreenHeader>
      <div class="two-columns">
        <SyncPanel />
        <section class="letters" aria-labelledby="needs-attention" aria-busy={letters === undefined}>
          <h2 id="needs-attention" ref={heading} tabIndex={-1}>
            Needs attention
          </h2>
          {letters === undefined ? <div class="card skeleton" aria-hidden="true" /> : null}
          {letters?.length === 0 ? (
            <p class="card all-well">
              <span class="round-icon round-good">
                <Icon name="check" />
              </span>
              <span>
                <b>Nothing needs your attention.</b> If the server ever refuses something that you logged, it waits
                here: nothing is thrown away.
              </span>
            </p>
          ) : null}
          {letters === undefined || letters.length === 0 ? null : (
            <ul class="letter-list" aria-label="Refused by the server">
              {letters.map((letter) => (
                <LetterCard key={letter.id} letter={letter} />
              ))}
            </ul>
          )}
        </section>
        <SyncFacts />
      </div>
    </div>
  )
}
