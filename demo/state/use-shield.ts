import { useLayoutEffect, useRef } from 'preact/hooks'

/** ms: about what passes between the decision to tap and the tap. */
const REACTION_MS = 400

/** Lets no tap through to an element for a moment after `arrangement` has changed. */
export function useShield(element: { readonly current: HTMLElement | null }, arrangement: string): void {
  const before = useRef(arrangement)
  useLayoutEffect(() => {
    if (before.current === arrangement) return
    before.current = arrangement
    const shield = element.current?.animate({ pointerEvents: ['none', 'none'] }, REACTION_MS)
    return () => shield?.cancel()
  }, [element, arrangement])
}
