/** The part of an observable that is needed here. */
interface Source<T> {
  subscribe(next: (value: T) => void): { unsubscribe(): void }
}

/** The first value; then it lets go of the source. */
export function firstOf<T>(source: Source<T>): Promise<T> {
  return when(source, () => true)
}

/** The first value that `isIt`; then it lets go of the source. */
export function when<T>(source: Source<T>, isIt: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    // The first value may come before `subscribe` has answered.
    const subscription: { current?: { unsubscribe(): void } } = {}
    let found = false
    subscription.current = source.subscribe((value) => {
      if (found || !isIt(value)) return
      found = true
      subscription.current?.unsubscribe()
      resolve(value)
    })
    if (found) subscription.current.unsubscribe()
  })
}
