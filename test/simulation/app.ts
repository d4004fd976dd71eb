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

/** One device has missed an update, and one has got the next before the server has. */
export const devices: Readonly<Record<string, { readonly tabs: number; readonly app: SimApp }>> = {
  a: { tabs: 2, app: appOf(older) },
  b: { tabs: 2, app },
  c: { tabs: 2, app },
  d: { tabs: 2, app },
  e: { tabs: 2, app: appOf(newer) },
}
