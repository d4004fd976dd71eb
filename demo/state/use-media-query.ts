import { useSyncExternalStore } from 'preact/compat'
import { useMemo } from 'preact/hooks'

/** Wide enough for the day and the foods side by side; the same number stands in the style sheets. */
export const WIDE = '(min-width: 64rem)'
/** A mouse, so that a focused field does not raise a keyboard over half of the screen. */
export const FINE_POINTER = '(pointer: fine)'

export function useMediaQuery(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query])
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => list.matches,
  )
}
