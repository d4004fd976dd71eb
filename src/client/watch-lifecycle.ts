import type { Lifecycle } from '../protocol/worker-api.ts'

/** The part of a window that is watched; a worker cannot see it by itself. */
export interface LifecycleSource {
  readonly document: Pick<Document, 'addEventListener' | 'removeEventListener' | 'visibilityState'>
  readonly window: Pick<Window, 'addEventListener' | 'removeEventListener'>
}

/** Forwards what happens to the page. Nothing is written on the way out: `append` has resolved, or it has not. */
export function watchLifecycle({ document, window }: LifecycleSource, tell: (event: Lifecycle) => void): () => void {
  const onVisibility = () => tell(document.visibilityState === 'visible' ? 'visible' : 'hidden')
  const forwarders = (['freeze', 'resume'] as const).map((name) => ({
    target: document,
    name,
    listener: () => tell(name),
  }))
  const pages = (['pageshow', 'pagehide', 'online'] as const).map((name) => ({
    target: window,
    name,
    listener: () => tell(name),
  }))
  document.addEventListener('visibilitychange', onVisibility)
  for (const { target, name, listener } of [...forwarders, ...pages]) target.addEventListener(name, listener)
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    for (const { target, name, listener } of [...forwarders, ...pages]) target.removeEventListener(name, listener)
  }
}
