import { expect, it } from 'vitest'
import { watchLifecycle } from '../../src/client/watch-lifecycle.ts'
import type { Lifecycle } from '../../src/protocol/worker-api.ts'

it('what happens to the page is passed on until nobody watches any more, and nothing hinders its freezing or leaving', () => {
  const names: string[] = []
  const target = () => {
    const events = new EventTarget()
    const add = events.addEventListener.bind(events)
    return Object.assign(events, {
      visibilityState: 'visible' as DocumentVisibilityState,
      addEventListener: (name: string, listener: EventListener) => {
        names.push(name)
        add(name, listener)
      },
    })
  }
  const [document, window] = [target(), target()]
  const told: Lifecycle[] = []
  const stop = watchLifecycle({ document, window } as unknown as Parameters<typeof watchLifecycle>[0], (event) =>
    told.push(event),
  )
  const happen = () => {
    for (const name of ['freeze', 'resume']) document.dispatchEvent(new Event(name))
    for (const state of ['hidden', 'visible'] as const) {
      document.visibilityState = state
      document.dispatchEvent(new Event('visibilitychange'))
    }
    for (const name of ['pageshow', 'pagehide', 'online']) window.dispatchEvent(new Event(name))
  }
  happen()
  expect(told).toEqual(['freeze', 'resume', 'hidden', 'visible', 'pageshow', 'pagehide', 'online'])
  // These would keep a page out of the back-forward cache.
  for (const name of ['unload', 'beforeunload']) expect(names).not.toContain(name)
  stop()
  happen()
  expect(told).toHaveLength(7)
})
