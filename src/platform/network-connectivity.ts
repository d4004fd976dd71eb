import type { Connectivity } from './ports.ts'

/** What `navigator.onLine` and its events say, in a page and in a worker alike. */
export const networkConnectivity: Connectivity = {
  online: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  subscribe: (listener) => {
    const online = (): void => listener(true)
    const offline = (): void => listener(false)
    globalThis.addEventListener?.('online', online)
    globalThis.addEventListener?.('offline', offline)
    return () => {
      globalThis.removeEventListener?.('online', online)
      globalThis.removeEventListener?.('offline', offline)
    }
  },
}

/** For a machine that does not know. */
export const alwaysOnline: Connectivity = { online: () => true, subscribe: () => () => {} }
