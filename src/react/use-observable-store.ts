import { useSyncExternalStore } from 'react'
import type { ObservableStore } from './observable-store.ts'

/** Typed here, because `preact/compat` does not know the third argument: it renders on a server without asking for a snapshot of its own. */
const useExternalStore: <T>(
  subscribe: (onChange: () => void) => () => void,
  getSnapshot: () => T,
  getServerSnapshot: () => T,
) => T = useSyncExternalStore

/** On a server, and while the browser takes over a server's markup, everything is still loading. */
const loading = (): undefined => undefined

/**
 * Renders the latest value of a store, and again with every change. Every part of one render sees the same value, because React asks for
 * the snapshot and throws the render away when it moved. The caller keeps the store between renders.
 */
export function useObservableStore<T>(store: ObservableStore<T>): T | undefined {
  return useExternalStore<T | undefined>(store.subscribe, store.getSnapshot, loading)
}
