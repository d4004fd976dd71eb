import type { Observable, Subscription } from 'rxjs'

/** What `useSyncExternalStore` reads: a value that can be looked at any time, and a way to hear that it changed. */
export interface ObservableStore<T> {
  subscribe(onChange: () => void): () => void
  /** The latest value; undefined before the first. Throws what the observable ended with, so that an error boundary sees it. */
  getSnapshot(): T | undefined
}

/**
 * Holds the latest value of an observable. It is subscribed to once, however many listeners there are, from the first listener
 * until the last; the value is kept in between, so that a component that is mounted twice in a row does not fall back to loading.
 */
export function observableStore<T>(source: Observable<T>): ObservableStore<T> {
  const listeners = new Set<() => void>()
  let subscription: Subscription | undefined
  let value: T | undefined
  let failure: { readonly error: unknown } | undefined

  const notify = () => {
    for (const listener of [...listeners]) listener()
  }
  const start = () =>
    source.subscribe({
      next: (next) => {
        if (Object.is(next, value)) return
        value = next
        notify()
      },
      error: (error: unknown) => {
        failure = { error }
        notify()
      },
    })

  return {
    subscribe(onChange) {
      // A wrapper of its own, so that one function that listens twice is heard and forgotten twice.
      const listener = () => onChange()
      listeners.add(listener)
      subscription ??= start()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        subscription?.unsubscribe()
        subscription = undefined
      }
    },
    getSnapshot() {
      if (failure !== undefined) throw failure.error
      return value
    },
  }
}
