import { useMemo } from 'react'
import type { KeyedProjection } from '../projection/define-projection.ts'
import { useLarder } from './context.ts'
import { observableStore } from './observable-store.ts'
import { useObservableStore } from './use-observable-store.ts'

/**
 * All states of a projection whose key lies in `from`–`to`, both included, sorted by key; a new map with every change inside. `undefined` while it loads,
 * and again at once when the range changes. The range is compared by what it says, so it may be written in the call.
 *
 * @example
 * const week = useViewRange(dailyIntake, { from: '2026-11-23', to: '2026-11-29' })
 * if (week === undefined) return <Loading />
 */
export function useViewRange<S>(
  projection: KeyedProjection<S>,
  { from, to }: { readonly from: string; readonly to: string },
): ReadonlyMap<string, S> | undefined {
  const larder = useLarder()
  const store = useMemo(
    () => observableStore(larder.viewRange(projection, { from, to })),
    [larder, projection, from, to],
  )
  return useObservableStore(store)
}
