import type { DeadLetter } from '@larder/sdk'
import { useDeadLetters } from '@larder/sdk/react'
import { useEffect, useRef } from 'preact/hooks'
import { describeLetter } from '../meals/describe-letter.ts'
import { notify } from './notices.ts'
import { navigate } from './route.ts'

/** Says it when the server refuses something while the app is open: it was logged as if all was well, and now a number on the screen falls. */
export function useRefusalNotice(): void {
  const letters = useDeadLetters()
  const known = useRef<ReadonlySet<string>>()
  useEffect(() => {
    if (letters === undefined) return
    const before = known.current
    known.current = new Set(letters.map(({ id }) => id))
    // What waited before the app was opened is told by the number on the tab.
    if (before === undefined) return
    const fresh = letters.filter(({ id }) => !before.has(id))
    if (fresh.length === 0) return
    notify(sentence(fresh), {
      tone: 'problem',
      forMs: 12_000,
      about: 'refusal',
      action: { label: 'See why', run: () => navigate('#/attention') },
    })
  }, [letters])
}

function sentence(fresh: readonly DeadLetter[]): string {
  const [first, ...others] = fresh
  if (first === undefined) return ''
  return others.length === 0
    ? `The server refused ${describeLetter(first).title}`
    : `The server refused ${fresh.length} entries`
}
