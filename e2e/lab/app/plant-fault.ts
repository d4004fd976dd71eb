/** A browser that is broken in one way, as seen from a worker. */
export type Fault = 'no-indexeddb' | 'indexeddb-forbidden' | 'open-hangs' | 'open-hangs-once'

/** In the worker, before Larder is there. */
export function plantFault(fault: Fault | undefined): void {
  switch (fault) {
    case undefined:
      break
    case 'no-indexeddb':
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
      break
    case 'indexeddb-forbidden':
      Object.defineProperty(globalThis, 'indexedDB', {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        },
      })
      break
    case 'open-hangs':
      hurryTimers()
      swallowRequests(Number.POSITIVE_INFINITY)
      break
    case 'open-hangs-once':
      hurryTimers()
      swallowRequests(1)
      break
  }
}

/** Ten seconds are one here: nobody wants to wait as long as the SDK does. */
function hurryTimers(): void {
  const real = globalThis.setTimeout
  const hurried = (callback: () => void, delayMs = 0) => real(callback, delayMs / 10)
  Object.defineProperty(globalThis, 'setTimeout', { value: hurried })
}

/** Requests to open a database that no event ever follows, as many times. */
function swallowRequests(times: number): void {
  const open = IDBFactory.prototype.open
  let left = times
  IDBFactory.prototype.open = function (this: IDBFactory, name, version) {
    if (left-- > 0) return new EventTarget() as IDBOpenDBRequest
    return open.call(this, name, version)
  }
}
