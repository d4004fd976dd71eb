import type { Domain } from '../../src/projection/define-domain.ts'
import { type SimApp, viewsOf } from '../../src/testing/simulator/app-tab.ts'
import { current, newer, older } from './releases.ts'

/** What the tabs of this simulation run: the engine itself, without the page's side. */
function appOf(domain: Domain): SimApp {
  return {
    domain,
    views: viewsOf(domain).filter(({ projection, layer }) => projection !== 'recentFoods' || layer === 'all'),
    hasLarder: false,
    samples: true,
  }
}

export const app = appOf(current)

const latest = appOf(newer)

/**
 * One device has missed an update, and one has got the next before the server has. Some get theirs in the middle of the story, with what lies in their
 * outboxes then: one of them that which it has missed, the other perhaps before the server.
 */
export const devices: Readonly<
  Record<string, { readonly tabs: number; readonly app: SimApp; readonly next?: SimApp }>
> = {
  a: { tabs: 2, app: appOf(older), next: app },
  b: { tabs: 2, app, next: latest },
  c: { tabs: 2, app },
  d: { tabs: 2, app },
  e: { tabs: 2, app: latest },
}
